import { GraphBuilder } from '../builder.ts';
import type { ModelConfig } from '../config.ts';
import { withChannels, type SegmentationGraph } from '../graph.ts';
import { backbone } from '../metaspikeformer/backbone.ts';
import type { Size } from '../shapes.ts';
import { unrollGraph } from '../unroll.ts';
import { head } from './head.ts';
import { pixelDecoder } from './pixel-decoder.ts';
import { queryDecoder } from './query-decoder.ts';

export interface NetworkOptions {
  /** Keep the original's order of products instead of the re-associated one. @defaultValue false */
  readonly literal?: boolean;
  /** Store every membrane potential that fires, for inspection. @defaultValue false */
  readonly observe?: boolean;
  /** Run layers in D virtual timesteps of binary spikes. @defaultValue false */
  readonly unrolled?: boolean;
}

/**
 * The whole network for pictures of one size, from the normalised picture to class and mask logits.
 * @see https://github.com/BICLab/Spike2Former, config SDTv2_maskformer_DCNpixelDecoder
 */
export function buildNetwork(
  config: ModelConfig,
  size: Size,
  { literal = false, observe = false, unrolled = false }: NetworkOptions = {},
): SegmentationGraph {
  const g = new GraphBuilder(config.levels, { observe });
  const input = g.tensor('input', 'f32', withChannels(size, 3));
  const pyramid = backbone(g, config, input, {
    prefix: 'backbone.',
    attentionScale: (headWidth) => headWidth ** -0.5,
  });
  const { levels, maskFeatureSpikes } = pixelDecoder(g, config, pyramid);
  const queries = queryDecoder(g, config, levels, literal);
  const outputs = head(g, config, queries, maskFeatureSpikes, literal);
  const graph = { ...g.finish({ input, outputs: Object.values(outputs) }), ...outputs };
  return unrolled ? unrollGraph(graph) : graph;
}
