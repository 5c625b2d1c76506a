import { quoted } from '../describe.ts';
import { isNoise } from '../state-dict.ts';
import type { TensorSource } from '../tensors.ts';

interface Kind {
  /** Patterns of names that must all occur. */
  readonly every: readonly RegExp[];
  readonly is: string;
}

const SPIKING_STEM = /(^|\.)downsample1_1\.encode_conv\.weight$/;
const OUR_HEAD = /^decode_head\.pixel_decoder\.encoder\.layers\.0\.dcn\.offset\.0\.weight$/;
const OUR_QUERIES = /^decode_head\.query_feat\.weight$/;
const HEAD = /^decode_head\./;

/** What names tell, the most telling first. */
const KINDS: readonly Kind[] = [
  {
    every: [SPIKING_STEM, HEAD],
    is: 'a spike-driven transformer with another segmentation head than that of Spike2Former',
  },
  {
    every: [SPIKING_STEM, /(^|\.)head\.weight$/],
    is:
      'a classifier of the Spike-Driven Transformer V2 family (LIF neurons, a linear head), ' +
      'without a segmentation head',
  },
  {
    every: [SPIKING_STEM],
    is: 'the backbone of a Spike2Former alone, without a segmentation head',
  },
  {
    every: [/(^|\.)(exp_avg|exp_avg_sq|momentum_buffer)$|^param_groups\b/],
    is: 'the state of an optimiser, not a network',
  },
  {
    every: [HEAD, /^decode_head\.(pixel_decoder|transformer_decoder|query_(feat|embed))\./],
    is: 'a Mask2Former or MaskFormer of MMSegmentation, which has no spiking neurons',
  },
  {
    every: [/^sem_seg_head\.(pixel_decoder|predictor)\./],
    is: 'a Mask2Former or MaskFormer of Detectron2, which has no spiking neurons',
  },
  {
    every: [HEAD, /^backbone\./],
    is: 'another segmentation network of MMSegmentation, which has no spiking neurons',
  },
  {
    every: [/(^|\.)relative_position_bias_table$/, /(^|\.)attn\.qkv\.weight$/],
    is: 'a Swin transformer, which has no spiking neurons',
  },
  {
    every: [/(^|\.)patch_embed\.proj\.weight$/, /(^|\.)blocks\.0\.attn\.qkv\.weight$/],
    is: 'a vision transformer as timm has it, which has no spiking neurons',
  },
  {
    every: [/(^|\.)conv_proj\.weight$/, /(^|\.)encoder_layer_0\.self_attention\.in_proj_weight$/],
    is: 'a vision transformer as torchvision has it, which has no spiking neurons',
  },
  {
    every: [/(^|\.)conv1\.weight$/, /(^|\.)layer1\.0\.conv1\.weight$/],
    is: 'a ResNet as torchvision or timm has it, which has no spiking neurons',
  },
];

const MAX_LISTED = 5;

/**
 * What a weights file seems to be when it is not a Spike2Former, in a sentence, judged by the names
 * of its tensors alone; undefined if it has the names of a Spike2Former.
 */
export function describeForeign(source: TensorSource): string | undefined {
  const names = [...source.tensors.keys()].filter((name) => !isNoise(name));
  const occurs = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (occurs(SPIKING_STEM) && occurs(OUR_HEAD) && occurs(OUR_QUERIES)) return undefined;
  if (names.length === 0) return 'It holds no tensors of a network.';

  const kind = KINDS.find(({ every }) => every.every(occurs));
  if (kind !== undefined) return `It seems to be ${kind.is}.`;
  const groups = [...new Set(names.map((name) => name.split('.', 1)[0] ?? name))];
  const rest = groups.length > MAX_LISTED ? ', …' : '';
  const shown = groups.slice(0, MAX_LISTED).map(quoted).join(', ');
  return `It is no network known here; its ${names.length} tensors are in ${shown}${rest}.`;
}
