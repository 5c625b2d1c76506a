import { describe, expect, test } from 'vitest';
import { checkTensors } from '../../src/model/check-tensors.ts';
import { openCheckpoint } from '../../src/model/checkpoint/checkpoint.ts';
import { describeForeign } from '../../src/model/checkpoint/foreign.ts';
import { isNoise } from '../../src/model/state-dict.ts';
import { inferConfig } from '../../src/model/checkpoint/infer.ts';
import { type ModelConfig, parseConfig } from '../../src/model/config.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { expectedTensors } from '../../src/model/state-dict.ts';
import type { TensorInfo, TensorSource } from '../../src/model/tensors.ts';
import { WatchedFile } from '../support/checkpoints.ts';
import { readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

const configOf = (folder: string) =>
  parseConfig((readJson(`${folder}/manifest.json`) as { config: unknown }).config);
const micro = configOf(shared('goldens', 'micro'));
const notInShapes = ({ numHeads, decHeads, levels, headAlpha }: ModelConfig) => ({
  numHeads,
  decHeads,
  levels,
  headAlpha,
});

/** Names and shapes without data. */
function sourceOf(shapes: Iterable<readonly [string, readonly number[]]>): TensorSource {
  const tensors = Array.from(shapes, ([name, shape]): [string, TensorInfo] => [
    name,
    { dtype: 'F32', shape },
  ]);
  return { tensors: new Map(tensors), read: () => Promise.reject(new Error('no data here')) };
}

function named(...names: readonly string[]): TensorSource {
  return sourceOf(names.map((name) => [name, [1]]));
}

describe('inferConfig', () => {
  test.each(['checkpoint_mmengine.pth', 'checkpoint_plain.pth', 'checkpoint_legacy.pth'])(
    'finds the configuration of %s',
    async (name) => {
      const path = shared('goldens', 'micro', name);
      const checkpoint = await openCheckpoint(WatchedFile.fromDisk(path));
      const config = inferConfig(checkpoint, notInShapes(micro));
      expect(config).toEqual(micro);
      expect(() => checkTensors(checkpoint, config)).not.toThrow();
    },
  );

  test.each([
    ['tiny', shared('goldens', 'tiny'), 'weights.safetensors'],
    ['bench256', shared('goldens', 'bench256'), 'weights.safetensors'],
    ['portrait', shared('weights', 'portrait'), 'model.safetensors'],
  ])('finds the configuration of the safetensors of %s', async (_, folder, name) => {
    const source = await openSafetensors(WatchedFile.fromDisk(`${folder}/${name}`));
    const expected = configOf(folder);
    expect(inferConfig(source, notInShapes(expected))).toEqual(expected);
  });

  test('assumes the released models where shapes do not tell', () => {
    const { config, keys } = readJson(shared('spec', 'state_dict_full.json')) as {
      config: object;
      keys: [string, number[]][];
    };
    const expected = parseConfig({ ...config, D: 8, head_alpha: 4 });
    expect(inferConfig(sourceOf(keys))).toEqual(expected);
  });

  /** The names and shapes of micro, with one of them changed. */
  const changed = (change: (shapes: Map<string, readonly number[]>) => void) => {
    const shapes = new Map<string, readonly number[]>(expectedTensors(micro));
    change(shapes);
    return () => inferConfig(sourceOf(shapes), notInShapes(micro));
  };
  const offsets = 'decode_head.pixel_decoder.encoder.layers.0.dcn.offset.0.weight';
  const classes = 'decode_head.cls_embed.weight';

  test.each<[string, (shapes: Map<string, readonly number[]>) => unknown, RegExp]>([
    [
      'a tensor is missing',
      (s) => s.delete(classes),
      /no "decode_head.cls_embed.weight".*names of a/,
    ],
    ['one class has no rows', (s) => s.set(classes, [1, 32]), /\[1, 32\], expected two rows/],
    [
      'an axis is missing',
      (s) => s.set(classes, []),
      /shape \[\], expected a size of 1 or more in axis 0/,
    ],
    ['an axis is empty', (s) => s.set(classes, [0, 32]), /expected a size of 1 or more/],
    ['offsets are no multiple of 18', (s) => s.set(offsets, [73, 32, 1, 1]), /multiple of 18 rows/],
    [
      'a layer number is far away',
      (s) => s.set('backbone.block4.4000000000.x', [1]),
      /no "backbone.block4.2"/,
    ],
    ['a layer has no number', (s) => s.set('backbone.block4.x', [1]), /no "backbone.block4.2"/],
    [
      'there are no layers',
      (s) => [...s.keys()].filter((name) => name.includes('block4.')).map((name) => s.delete(name)),
      /no "backbone.block4.0"/,
    ],
  ])('refuses shapes where %s', (_, change, message) => {
    expect(changed(change)).toThrow(message);
    expect(changed(change)).toThrow(expect.objectContaining({ code: 'weights-invalid' }));
  });

  test('refuses heads that do not divide the widths', () => {
    const attempt = () => inferConfig(sourceOf(expectedTensors(micro)), { numHeads: 5 });
    expect(attempt).toThrow(/num_heads.*5.*divisor of embed_dim\[2\], which is 32/);
  });

  test('says what another file seems to be', async () => {
    const path = shared('goldens', 'lif', 'weights.safetensors');
    const source = await openSafetensors(WatchedFile.fromDisk(path));
    expect(() => inferConfig(source)).toThrow(/classifier of the Spike-Driven Transformer V2/);
  });
});

describe('describeForeign', () => {
  test('says nothing of a Spike2Former', () => {
    expect(describeForeign(sourceOf(expectedTensors(micro)))).toBeUndefined();
  });

  const ours = [...expectedTensors(micro).keys()];
  const backbone = ours.filter((name) => name.startsWith('backbone.'));
  test.each<[RegExp, readonly string[]]>([
    [/the backbone of a Spike2Former alone/, backbone],
    [
      /the backbone of a Spike2Former alone/,
      backbone.map((name) => name.slice('backbone.'.length)),
    ],
    [/another segmentation head/, [...backbone, 'decode_head.conv_seg.weight']],
    [
      /classifier of the Spike-Driven/,
      ['downsample1_1.encode_conv.weight', 'head.weight', 'head.bias'],
    ],
    [/state of an optimiser/, ['state.0.step', 'state.0.exp_avg', 'state.0.exp_avg_sq']],
    [/MaskFormer of MMSegmentation/, ['backbone.conv1.weight', 'decode_head.query_feat.weight']],
    [/MaskFormer of Detectron2/, ['sem_seg_head.predictor.query_feat.weight']],
    [
      /another segmentation network of MMSegmentation/,
      ['backbone.stem.0.weight', 'decode_head.conv_seg.bias'],
    ],
    [
      /Swin transformer/,
      [
        'patch_embed.proj.weight',
        'layers.0.blocks.0.attn.qkv.weight',
        'layers.0.blocks.0.attn.relative_position_bias_table',
      ],
    ],
    [
      /vision transformer as timm/,
      ['module.patch_embed.proj.weight', 'module.blocks.0.attn.qkv.weight'],
    ],
    [
      /vision transformer as torchvision/,
      ['conv_proj.weight', 'encoder.layers.encoder_layer_0.self_attention.in_proj_weight'],
    ],
    [/ResNet/, ['conv1.weight', 'layer1.0.conv1.weight', 'fc.weight']],
    [
      /no network known here; its 2 tensors are in "a", "b"\./,
      ['a.x', 'b.x', 'auxiliary_head.conv.weight'],
    ],
    [/in "a", "b", "c", "d", "e", …\./, ['a', 'b', 'c', 'd', 'e', 'f']],
    [/no tensors of a network/, ['bn.num_batches_tracked', 'backbone.auxiliary.weight']],
  ])('%s', (expected, names) => {
    expect(describeForeign(named(...names))).toMatch(expected);
  });
});

test.each([
  ['num_batches_tracked', true],
  ['backbone.bn.num_batches_tracked', true],
  ['auxiliary_head.conv.weight', true],
  ['decode_head.auxiliary.weight', true],
  ['decode_head.w', false],
])('%s is noise: %s', (name, expected) => {
  expect(isNoise(name)).toBe(expected);
});
