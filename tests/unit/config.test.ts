import { expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config.ts';
import { readJson } from '../support/files.ts';
import { shared } from '../support/shared.ts';

const configOf = (path: string) => (readJson(path) as { config: Record<string, unknown> }).config;

const portrait = configOf('weights/portrait/manifest.json');
const micro = configOf(shared('goldens', 'micro', 'manifest.json'));

test('reads the spelling of the training code', () => {
  expect(parseConfig(portrait)).toEqual({
    embedDim: [16, 32, 64, 96],
    numHeads: 8,
    mlpRatio: 4,
    depth3: 6,
    depth4: 2,
    featChannels: 64,
    numQueries: 20,
    numClasses: 6,
    encLayers: 2,
    decLayers: 3,
    encFfn: 128,
    decFfn: 128,
    dcnGroups: 8,
    dcnKernel: 5,
    decHeads: 8,
    levels: 4,
    headAlpha: 4,
  });
});

test('reads the spelling of the original, whose depths are fixed', () => {
  expect(parseConfig(micro)).toMatchObject({
    mlpRatio: 4,
    depth3: 6,
    depth4: 2,
    dcnGroups: 4,
    dcnKernel: 5,
    decHeads: 2,
    levels: 8,
    headAlpha: 4,
  });
});

test('takes widths that are no multiples of 4', () => {
  const odd = { embed_dim: [6, 10, 14, 21], num_heads: 7, mlp_ratio: 3, num_classes: 1 };
  expect(parseConfig({ ...portrait, ...odd }).embedDim).toEqual([6, 10, 14, 21]);
});

test.each([
  [{ embed_dim: [15, 32, 64, 96] }, 'config.embed_dim[0] is 15, expected an even number'],
  [{ embed_dim: [16, 32, 64] }, 'config.embed_dim is a list of 3, expected a list of 4'],
  [{ embed_dim: [16, 32, 64, 96, 8] }, 'config.embed_dim is a list of 5'],
  [{ embed_dim: [16, 0, 64, 96] }, 'config.embed_dim[1] is 0, expected an integer from 1'],
  [{ embed_dim: 16 }, 'config.embed_dim is 16, expected a list'],
  [{ num_heads: 5 }, 'config.num_heads is 5, expected a divisor of embed_dim[2], which is 64'],
  [{ embed_dim: [16, 32, 64, 92] }, 'expected a divisor of embed_dim[3], which is 92'],
  [{ dec_heads: 6 }, 'config.dec_heads is 6, expected a divisor of feat_channels, which is 64'],
  [{ dcn_groups: 7 }, 'config.dcn_groups is 7, expected a divisor of feat_channels'],
  [
    { feat_channels: 66, dcn_groups: 1, dec_heads: 1 },
    'config.feat_channels is 66, expected a multiple of 4',
  ],
  [{ dcn_kernel: 4 }, 'config.dcn_kernel is 4, expected an odd kernel size'],
  [{ levels: 16 }, 'config.levels is 16, expected an integer from 1 to 15'],
  [{ levels: 0 }, 'config.levels is 0'],
  [{ levels: 2.5 }, 'config.levels is 2.5'],
  [{ levels: '4' }, 'config.levels is "4"'],
  [{ levels: undefined }, 'config.levels or D is missing'],
  [{ levels: 4, D: 8 }, 'config.D is 8, expected the same value as config.levels'],
  [{ num_queries: null }, 'config.num_queries is missing'],
  [{ enc_layers: 1e9 }, 'config.enc_layers is 1000000000, expected an integer from 1 to 256'],
  [{ head_alpha: 0 }, 'config.head_alpha is 0, expected a number above 0'],
  [{ head_alpha: NaN }, 'config.head_alpha is NaN, expected a number'],
  [{ reference_size: [128, 128] }, 'config.reference_size is a list of 2, expected null'],
  [{ bn_eps: 1e-6 }, 'config.bn_eps is 0.000001, expected 0.00001'],
])('refuses %o', (change, message) => {
  expect(() => parseConfig({ ...portrait, ...change })).toThrow(
    expect.objectContaining({
      code: 'manifest-invalid',
      message: expect.stringContaining(message) as string,
    }) as Error,
  );
});

test.each([undefined, null, 3, 'config', [portrait]])('refuses %o as a configuration', (json) => {
  expect(() => parseConfig(json)).toThrow(/config is .*, expected an object/);
});
