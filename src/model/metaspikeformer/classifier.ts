import { GraphBuilder, type Potential } from '../builder.ts';
import { tokens, withChannels, type Graph, type Tensor } from '../graph.ts';
import { layerConstants, linear, type Fold } from '../layers.ts';
import type { Size } from '../shapes.ts';
import { backbone } from './backbone.ts';
import type { ClassifierConfig } from './config.ts';

/** A network that classifies, one timestep of it: run it T times for a picture. */
export interface ClassifierGraph extends Graph {
  /** T. */
  readonly timesteps: number;
  /** f32 [classes], one of the states: after T timesteps, their mean. */
  readonly logits: Tensor;
}

/**
 * Meta-SpikeFormer with leaky neurons: the backbone, its last map averaged over the pixels, a
 * neuron, and a linear layer.
 * @see https://github.com/BICLab/Spike-Driven-Transformer-V2, the classifier
 */
export function buildClassifier(
  config: ClassifierConfig,
  size: Size,
  { observe = false }: { readonly observe?: boolean } = {},
): ClassifierGraph {
  const { timesteps, tau, threshold, attentionThreshold, attentionScale } = config;
  const g = new GraphBuilder(1, {
    observe,
    leaky: {
      tau,
      threshold: (name) => (name.endsWith('attn_lif') ? attentionThreshold : threshold),
    },
  });
  const input = g.tensor('input', 'f32', withChannels(size, 3));
  const [, , , map] = backbone(g, config, input, {
    prefix: '',
    attentionScale: () => attentionScale,
  });
  const spikes = g.fire(meanOfPixels(g, map), 'lif');

  const shape = {
    kernel: 1,
    inputs: spikes.channels,
    outputs: config.numClasses,
    unit: 1,
  } as const;
  const logits = g.state('logits', tokens(1, config.numClasses));
  const head = g.spikeConv('head', spikes, {
    ...shape,
    onto: { tensor: logits, shape: logits.shape },
    ...layerConstants(
      g,
      'head',
      shape,
      shareOf(linear('head', shape.outputs, { bias: true }), timesteps),
    ),
  });
  g.read(head);
  return { ...g.finish({ input, outputs: [logits] }), timesteps, logits };
}

/** A row of 1/N times the map, which is [N][C] in memory: weights, to the kernel. */
function meanOfPixels(g: GraphBuilder, map: Potential): Potential {
  const { height, width, channels } = map.shape;
  const pixels = height * width;
  const label = `mean ${width}×${height}`;
  const { share, zero } = g.constants(label, { share: pixels, zero: channels }, () =>
    Promise.resolve({
      share: new Float32Array(pixels).fill(1 / pixels),
      zero: new Float32Array(channels),
    }),
  );
  const shape = tokens(1, pixels);
  const row = g.tensor(label, 'f32', shape);
  g.add({ kind: 'copy', label, from: share, to: row });
  return g.denseConv(
    label,
    { tensor: row, shape },
    { kernel: 1, outputs: channels, weights: g.read(map), bias: zero },
  );
}

/** One of `parts` equal shares of what a layer gives. */
function shareOf(fold: Fold, parts: number): Fold {
  return async (read) => {
    const { weight, bias } = await fold(read);
    return { weight: weight.map((w) => w / parts), bias: bias.map((b) => b / parts) };
  };
}
