import { expect, test } from 'vitest';
import { untracedLayers } from '../../src/engine/trace.ts';
import { parseConfig } from '../../src/model/config.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { goldenManifest, goldenSize } from '../support/goldens.ts';

const manifest = await goldenManifest('micro');
const graph = buildNetwork(parseConfig(manifest.config), goldenSize(manifest));

/** What is untraced where these layers flipped: [all, near-ties of them]. */
function untraced(flips: Readonly<Record<string, readonly [number, number]>>): string[] {
  const layers = graph.neurons.map(({ name }) => {
    const [flipped = 0, excused = 0] = flips[name] ?? [];
    return { name, units: 1000, flips: flipped, excused };
  });
  return untracedLayers(graph, layers);
}

const EARLY = 'backbone.ConvBlock1_1.0.spike1';
const NEXT = 'backbone.ConvBlock1_1.0.spike2';
const QUERY = 'backbone.block3.0.attn.q_spike';
const KEY = 'backbone.block3.0.attn.k_spike';
const ATTENTION = 'backbone.block3.0.attn.attn_spike';
const LATE = 'decode_head.mask_embed_spike';

test('a near-tie has a reason, and so has all that depends on it', () => {
  expect(untraced({})).toEqual([]);
  expect(untraced({ [EARLY]: [1, 1] })).toEqual([]);
  expect(untraced({ [EARLY]: [1, 1], [NEXT]: [9, 0] })).toEqual([]);
});

test('a flip that is no near-tie has none, unless something before it flipped', () => {
  expect(untraced({ [EARLY]: [2, 1] })).toEqual([EARLY]);
  expect(untraced({ [LATE]: [1, 0] })).toEqual([LATE]);
  // What follows from an unexplained flip is not named again.
  expect(untraced({ [QUERY]: [1, 0], [ATTENTION]: [5, 0] })).toEqual([QUERY]);
});

test('equal spikes pass nothing on', () => {
  expect(untraced({ [EARLY]: [1, 1], [NEXT]: [9, 0], [LATE]: [1, 0] })).toEqual([LATE]);
});

test('what flips beside a near-tie does not follow from it', () => {
  expect(untraced({ [QUERY]: [1, 1], [KEY]: [1, 0] })).toEqual([KEY]);
  expect(untraced({ [QUERY]: [1, 1], [ATTENTION]: [3, 0] })).toEqual([]);
});
