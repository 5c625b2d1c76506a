import { expect, test } from 'vitest';
import type { MembraneTrace } from '../../src/engine/classifier.ts';
import { sampleTrace, traceCsv, traceSvg } from '../../src/node/traces.ts';

/** Five neurons over two timesteps. */
const TRACE: MembraneTrace = {
  name: 'block1.0.lif',
  threshold: 1,
  potentials: [
    Float32Array.of(0.5, 1.5, 0.25, 1, -0.5),
    Float32Array.of(0.75, 1.25, 1, 0.5, -0.75),
  ],
  spikes: [Uint8Array.of(0, 1, 0, 1, 0), Uint8Array.of(0, 1, 1, 0, 0)],
};

test('a sample goes from the busiest neuron to the most silent', () => {
  expect(sampleTrace(TRACE).map(({ unit }) => unit)).toEqual([1, 2, 3, 0, 4]);
  expect(sampleTrace(TRACE, 3)).toEqual([
    { unit: 1, potentials: [1.5, 1.25], fired: [true, true] },
    { unit: 3, potentials: [1, 0.5], fired: [true, false] },
    { unit: 4, potentials: [-0.5, -0.75], fired: [false, false] },
  ]);
  expect(sampleTrace(TRACE, 1).map(({ unit }) => unit)).toEqual([1]);
});

test('CSV has every neuron in every timestep', () => {
  expect(traceCsv(TRACE).split('\n').slice(0, 4)).toEqual([
    'unit,timestep,potential,spike',
    '0,1,0.5,0',
    '0,2,0.75,0',
    '1,1,1.5,1',
  ]);
  expect(traceCsv(TRACE).match(/\n/g)).toHaveLength(11);
});

test('SVG draws a line that falls to 0 at every spike, and a dot for each', () => {
  const svg = traceSvg(TRACE);
  expect(svg.match(/<polyline/g)).toHaveLength(5);
  expect(svg.match(/<circle/g)).toHaveLength(4);
  expect(svg).toContain('<title>Membrane potentials of block1.0.lif</title>');
  expect(svg).toContain('>unit 3, 1 of 2</text>');
  const [, busiest = ''] = /points="([^"]*)"/.exec(svg) ?? [];
  const points = busiest.split(' ').map((point) => point.split(',').map(Number));
  // From 0, up to a spike, down to 0, and once more.
  const [start, , reset, , end] = points.map(([, y]) => y);
  expect(points).toHaveLength(5);
  expect([reset, end]).toEqual([start, start]);
  expect(points[1]?.[0]).toBe(points[2]?.[0]);
  expect(points[1]?.[1]).toBeLessThan(start ?? NaN);
  expect(svg).not.toMatch(/NaN|undefined/);
});
