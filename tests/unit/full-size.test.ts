import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { constantBytes } from '../../src/model/graph.ts';
import { planBuffers } from '../../src/model/plan.ts';
import { RELEASED_CONFIG } from '../../src/model/registry/registry.ts';
import { buildNetwork } from '../../src/model/spike2former/network.ts';
import { expectedTensors } from '../../src/model/state-dict.ts';
import { costOf } from '../../src/model/submits.ts';
import { Weights } from '../../src/model/weights.ts';
import { uniform } from '../support/random.ts';

const MIB = 2 ** 20;
const CITYSCAPES = { ...RELEASED_CONFIG, numClasses: 19, encFfn: 2048 };

test.each([
  { name: 'ADE20K', config: RELEASED_CONFIG, height: 512, width: 512, total: 330, largest: 64 },
  { name: 'Cityscapes', config: CITYSCAPES, height: 512, width: 1024, total: 460, largest: 128 },
])('$name at $height × $width plans at most $total MiB on the GPU', (size) => {
  const { config, height, width, total, largest } = size;
  const graph = buildNetwork(config, { height, width });
  const { slots, weightBytes, activationBytes } = planBuffers(graph);
  const constants = graph.constants.flatMap((group) => group.constants);
  expect(weightBytes + activationBytes).toBeLessThanOrEqual(total * MIB);
  expect(Math.max(...slots, ...constants.map(constantBytes))).toBeLessThanOrEqual(largest * MIB);
});

test.each([
  { name: 'ADE20K', config: RELEASED_CONFIG, height: 512, width: 512 },
  { name: 'Cityscapes', config: CITYSCAPES, height: 512, width: 1024 },
])('no operation of $name holds a GPU of 500 GFLOP/s for 50 ms', ({ config, ...size }) => {
  const costs = buildNetwork(config, size).ops.map((op) => costOf(op) / 250e9); // seconds
  expect(Math.max(...costs)).toBeLessThan(0.05);
  expect(costs.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(0.1);
});

test('the released network passes through less than 64 MiB of memory on its way to the GPU', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const shapes = expectedTensors(RELEASED_CONFIG);
  const noise = uniform(2 ** 16, 0.01, 0.1);
  const weights = new Weights(
    {
      tensors: new Map(Array.from(shapes, ([name, shape]) => [name, { dtype: 'F32', shape }])),
      read(name) {
        const values = new Float32Array((shapes.get(name) ?? []).reduce((a, b) => a * b, 1));
        for (let at = 0; at < values.length; at += noise.length) {
          values.set(noise.subarray(0, values.length - at), at);
        }
        return Promise.resolve(values);
      },
    },
    RELEASED_CONFIG,
  );
  const graph = buildNetwork(RELEASED_CONFIG, { height: 512, width: 512 });
  collect();
  const before = used();
  let peak = 0;
  const read = async (name: string) => {
    const values = await weights.read(name);
    // What is no longer needed only counts while nothing asks for its place.
    if (used() - before > 48 * MIB) collect();
    peak = Math.max(peak, used() - before);
    return values;
  };
  for (const group of graph.constants) {
    const arrays = await group.load(read);
    expect(arrays.map(({ byteLength }) => byteLength)).toEqual(
      group.constants.map(({ bytes }) => bytes),
    );
  }
  expect(peak).toBeGreaterThan(MIB);
  expect(peak).toBeLessThan(64 * MIB);
}, 90_000);
