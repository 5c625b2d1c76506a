/** Parts of the network, in order of execution. */
export const LAYER_GROUPS = [
  'backbone stage 1',
  'backbone stage 2',
  'backbone stage 3',
  'backbone stage 4',
  'deformable encoder',
  'feature pyramid',
  'query decoder',
  'mask head',
] as const;

export type LayerGroup = (typeof LAYER_GROUPS)[number];

const PATTERNS: readonly (readonly [RegExp, LayerGroup])[] = [
  [/^backbone\.(downsample|ConvBlock)1_/, 'backbone stage 1'],
  [/^backbone\.(downsample2|ConvBlock2_)/, 'backbone stage 2'],
  [/^backbone\.(downsample3|block3)\b/, 'backbone stage 3'],
  [/^backbone\.(downsample4|block4)\b/, 'backbone stage 4'],
  [/\.pixel_decoder\.(last_feat_conv|encoder)/, 'deformable encoder'],
  [/\.pixel_decoder\.(lateral_convs|output_convs|mask_feature_spike)/, 'feature pyramid'],
  [/\.transformer_decoder\./, 'query decoder'],
];

/** The part of the network that a layer or neuron of this name belongs to. */
export function layerGroup(name: string): LayerGroup {
  return PATTERNS.find(([pattern]) => pattern.test(name))?.[1] ?? 'mask head';
}
