import { expectDivisor, layers, parseEmbedDim, width } from '../config.ts';
import { JsonNode } from '../json.ts';
import type { BackboneConfig } from './backbone.ts';

/** What defines a Meta-SpikeFormer classifier of leaky neurons, apart from its weights. */
export interface ClassifierConfig extends BackboneConfig {
  readonly numClasses: number;
  /** T: how often the picture is shown. */
  readonly timesteps: number;
  /** Of attention, whatever the width of its heads. */
  readonly attentionScale: number;
  /** Time constant of the leak, in timesteps. */
  readonly tau: number;
  readonly threshold: number;
  /** Of the neurons behind attention. */
  readonly attentionThreshold: number;
}

const MAX_TIMESTEPS = 1024;
/** What the network has built in: neurons reset to 0, and their input decays with them. */
const BUILT_IN = { v_reset: 0, decay_input: true } as const;

/**
 * Reads a configuration in the original's spelling, its neurons under `lif`.
 * @throws SpikesegError `manifest-invalid` naming the field, its value and what was expected
 */
export function parseClassifierConfig(json: unknown): ClassifierConfig {
  const root = new JsonNode(json, 'config');
  const lif = root.at('lif');
  for (const [name, value] of Object.entries(BUILT_IN)) {
    const field = lif.at(name).or(value);
    if (field.value !== value) field.refuse(String(value));
  }
  root.at('bn_eps').or(1e-5).oneOf(1e-5);

  const embedDim = parseEmbedDim(root.at('embed_dim'));
  const numHeads = width(root.at('num_heads'));
  for (const stage of [2, 3] as const) {
    expectDivisor(root.at('num_heads'), numHeads, `embed_dim[${stage}]`, embedDim[stage]);
  }
  if (embedDim[3] % 4 !== 0) root.at('embed_dim').refuse('a last width that is a multiple of 4');
  const depths = root.at('depths').items();
  const [depth3, depth4] = depths.slice(-2);
  if (!depth3 || !depth4)
    return root.at('depths').refuse('a list whose last two count attention blocks');
  return {
    embedDim,
    numHeads,
    mlpRatio: width(root.at('mlp_ratios')),
    depth3: layers(depth3),
    depth4: layers(depth4),
    numClasses: width(root.at('num_classes')),
    timesteps: root.at('T').integer(1, MAX_TIMESTEPS),
    attentionScale: root.at('attn_scale').positive(),
    tau: lif.at('tau').positive(),
    threshold: lif.at('v_threshold').positive(),
    attentionThreshold: lif.at('attn_v_threshold').positive(),
  };
}
