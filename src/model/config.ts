import { JsonNode } from './json.ts';

/** What defines a Spike2Former network, apart from its weights. */
export interface ModelConfig {
  /** Channels at strides 4, 8, 16, 16; the stride-2 map has half of the first. */
  readonly embedDim: readonly [number, number, number, number];
  /** Attention heads of the backbone. */
  readonly numHeads: number;
  /** Widening of the backbone's convolution blocks and MLPs. */
  readonly mlpRatio: number;
  /** Attention blocks with `embedDim[2]` channels. */
  readonly depth3: number;
  /** Attention blocks with `embedDim[3]` channels. */
  readonly depth4: number;
  /** Width of the pixel decoder and the transformer decoder. */
  readonly featChannels: number;
  readonly numQueries: number;
  /** Without the no-object class. */
  readonly numClasses: number;
  readonly encLayers: number;
  readonly decLayers: number;
  /** Hidden width of the pixel decoder's MLPs. */
  readonly encFfn: number;
  /** Hidden width of the transformer decoder's MLPs. */
  readonly decFfn: number;
  readonly dcnGroups: number;
  /** Depthwise kernel around the deformable convolution; odd. */
  readonly dcnKernel: number;
  /** Attention heads of the transformer decoder. */
  readonly decHeads: number;
  /** D: a neuron counts 0..D spikes, its output is count / D. */
  readonly levels: number;
  /** Gain on the spikes inside the class and mask head. */
  readonly headAlpha: number;
}

// Far above any model, low enough that a hostile manifest cannot make the loader build for ever.
const MAX_WIDTH = 65_536;
const MAX_LAYERS = 256;
const MAX_KERNEL = 63;
/** A spike count is stored in a nibble. */
const MAX_LEVELS = 15;

/**
 * Reads a configuration in either spelling, the training code's (`mlp_ratio`, `dcn_groups`,
 * `levels`, …) or the original's (`mlp_ratios`, `dcn_group`, `D`, …). Depths default to the
 * original's 6 and 2. Keys that do not change the network are ignored.
 *
 * @throws SpikesegError `manifest-invalid` naming the field, its value and what was expected
 */
export function parseConfig(json: unknown): ModelConfig {
  const root = new JsonNode(json, 'config');
  refuseOtherMaths(root);
  const field = (...spellings: string[]) => eitherSpelling(root, spellings);

  const config: ModelConfig = {
    embedDim: parseEmbedDim(field('embed_dim')),
    numHeads: width(field('num_heads')),
    mlpRatio: width(field('mlp_ratio', 'mlp_ratios')),
    depth3: layers(field('depth3').or(6)),
    depth4: layers(field('depth4').or(2)),
    featChannels: width(field('feat_channels')),
    numQueries: width(field('num_queries')),
    numClasses: width(field('num_classes')),
    encLayers: layers(field('enc_layers')),
    decLayers: layers(field('dec_layers')),
    encFfn: width(field('enc_ffn')),
    decFfn: width(field('dec_ffn')),
    dcnGroups: width(field('dcn_groups', 'dcn_group')),
    dcnKernel: field('dcn_kernel', 'dw_kernel').integer(1, MAX_KERNEL),
    decHeads: width(field('dec_heads', 'head_heads')),
    levels: field('levels', 'D').integer(1, MAX_LEVELS),
    headAlpha: field('head_alpha').positive(),
  };

  const { embedDim, featChannels } = config;
  expectDivisor(field('num_heads'), config.numHeads, 'embed_dim[2]', embedDim[2]);
  expectDivisor(field('num_heads'), config.numHeads, 'embed_dim[3]', embedDim[3]);
  expectDivisor(field('dec_heads', 'head_heads'), config.decHeads, 'feat_channels', featChannels);
  expectDivisor(field('dcn_groups', 'dcn_group'), config.dcnGroups, 'feat_channels', featChannels);
  if (featChannels % 4 !== 0) {
    field('feat_channels').refuse('a multiple of 4, as the sine position code needs');
  }
  if (config.dcnKernel % 2 === 0) field('dcn_kernel', 'dw_kernel').refuse('an odd kernel size');
  return config;
}

/** Settings of the training code and of the original that this network has built in. */
function refuseOtherMaths(root: JsonNode): void {
  const referenceSize = root.at('reference_size');
  if (!referenceSize.missing) {
    referenceSize.refuse('null: fine-tune at the reference size before the export');
  }
  const epsilon = root.at('bn_eps');
  if (!epsilon.missing) epsilon.oneOf(1e-5);
}

function eitherSpelling(root: JsonNode, spellings: readonly string[]): JsonNode {
  const [first, second] = spellings.map((key) => root.at(key)).filter((node) => !node.missing);
  if (first === undefined) return root.at(spellings.join(' or '));
  if (second !== undefined && second.value !== first.value) {
    second.refuse(`the same value as ${first.path}`);
  }
  return first;
}

/** Channels of the backbone's stages, checked. */
export function parseEmbedDim(node: JsonNode): ModelConfig['embedDim'] {
  const [first, ...others] = node.quadruple();
  const e0 = first.integer(2, MAX_WIDTH);
  if (e0 % 2 !== 0) first.refuse('an even number: the stride-2 map has half as many channels');
  const [e1, e2, e3] = others;
  return [e0, width(e1), width(e2), width(e3)];
}

/** A count of channels, heads, queries or classes. */
export function width(node: JsonNode): number {
  return node.integer(1, MAX_WIDTH);
}

/** A count of layers. */
export function layers(node: JsonNode): number {
  return node.integer(1, MAX_LAYERS);
}

/** @throws SpikesegError `manifest-invalid` unless `divisor`, which stands at `node`, divides `of` */
export function expectDivisor(node: JsonNode, divisor: number, ofName: string, of: number): void {
  if (of % divisor !== 0) node.refuse(`a divisor of ${ofName}, which is ${of}`);
}
