import { describe, expect } from 'vitest';
import { spikeBytes } from '../../src/kernels/kernel.ts';
import { createSpikeMlp, type SpikeMlpOptions } from '../../src/kernels/spike-mlp.ts';
import { createSpikePointwise } from '../../src/kernels/spike-pointwise.ts';
import { fitsSpikeMlp } from '../../src/model/join.ts';
import { integrate } from '../../src/reference/epilogue.ts';
import { packSpikes, unpackSpikes, type Shape } from '../../src/reference/maps.ts';
import { spikeMlp } from '../../src/reference/spike-mlp.ts';
import { firstDifference } from '../support/compare.ts';
import { test, type TestGpu } from '../support/gpu.ts';
import { eighths, spikeCounts, uniform } from '../support/random.ts';

interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly hidden: number;
  readonly outputs: number;
  readonly density?: number;
  readonly uniform?: readonly [boolean, boolean];
  /** Lanes share nothing. */
  readonly alone?: boolean;
  /** Channels of the tensor of which `channels` are read, from the 4th on. */
  readonly stride?: number;
  readonly store?: boolean;
  readonly accumulate?: boolean;
  readonly channelMajor?: boolean;
  readonly fire?: boolean;
}

const D = 4;
const BEYOND = 64; // words behind a tensor that nobody may write
const UNTOUCHED = 0xffffffff;

/** Values of a case: `draw` gives weights, biases and what the membrane held. */
function valuesOf(c: Case, draw: (length: number, seed: number) => Float32Array<ArrayBuffer>) {
  const { height, width, channels, stride = channels } = c;
  const pixels = height * width;
  const offset = stride > channels ? 4 : 0;
  const among = spikeCounts(pixels * stride, 8, c.density ?? 0.3);
  return {
    input: { height, width, channels, stride, offset },
    output: { height, width, channels: c.outputs },
    words: packSpikes(among, { height, width, channels: stride }),
    counts: among.filter((_, i) => i % stride >= offset && i % stride < offset + channels),
    weights: [draw(channels * c.hidden, 2), draw(c.hidden * c.outputs, 3)] as const,
    bias: [draw(c.hidden, 4), draw(c.outputs, 5)] as const,
    before: draw(pixels * c.outputs, 6),
  };
}
type Values = ReturnType<typeof valuesOf>;

/** Runs the layers, joined or one after the other. */
async function run(gpu: TestGpu, c: Case, values: Values, joined: boolean) {
  const { input, output, words, before } = values;
  const host = c.alone ? gpu.alone : gpu.host;
  const [first, second] = c.uniform ?? [false, false];
  const { fire = true, accumulate = false, channelMajor = false } = c;
  const last = { accumulate, channelMajor, store: c.store ?? true };
  const between: Shape = { ...output, channels: c.hidden };
  const upload = (data: Float32Array<ArrayBuffer>, window: boolean) =>
    window ? gpu.window(data) : gpu.buffer(data);
  const written = ({ height, width, channels }: Shape) =>
    gpu.buffer(new Uint32Array(spikeBytes(height, width, channels) / 4 + BEYOND).fill(UNTOUCHED));
  const buffers = {
    input: gpu.buffer(words),
    weights: [upload(values.weights[0], first), upload(values.weights[1], second)] as const,
    bias: [gpu.buffer(values.bias[0]), gpu.buffer(values.bias[1])] as const,
    hidden: written(between),
    membrane: gpu.buffer(before),
    fired: written(output),
  };
  const { membrane, fired, hidden, weights, bias } = buffers;
  if (joined) {
    const options = { input, output, hidden: c.hidden, levels: D, fire, ...last };
    const create = await createSpikeMlp(host, { ...options, uniform: [first, second] });
    await gpu.run(create(buffers));
  } else {
    const [one, other] = await Promise.all([
      createSpikePointwise(host, { input, output: between, levels: D, uniform: first }),
      createSpikePointwise(host, {
        input: between,
        output,
        uniform: second,
        ...last,
        ...(fire && { levels: D }),
      }),
    ]);
    await gpu.run(
      one({ input: buffers.input, weights: weights[0], bias: bias[0], fired: hidden }),
      other({ input: hidden, weights: weights[1], bias: bias[1], membrane, fired }),
    );
  }
  return {
    hidden: await gpu.readU32(hidden),
    membrane: await gpu.readF32(membrane),
    fired: await gpu.readU32(fired),
  };
}

/** Words as they are read back from a buffer that was longer. */
function followed(words: Uint32Array) {
  const all = new Uint32Array(words.length + BEYOND).fill(UNTOUCHED);
  all.set(words);
  return all;
}

/** What the CPU twin gives. */
function expected(c: Case, { input, counts, weights, bias, before }: Values) {
  const { fire = true, accumulate, store = true, channelMajor = false } = c;
  const layers = [
    { weights: weights[0], bias: bias[0] },
    { weights: weights[1], bias: bias[1] },
  ] as const;
  const { hidden, current, shape } = spikeMlp(counts, input, layers, D);
  const last = integrate(current, shape, {
    levels: D,
    channelMajor,
    ...(accumulate && { membrane: before }),
  });
  const silent = new Uint32Array(packSpikes(last.fired, shape).length).fill(UNTOUCHED);
  return {
    hidden: followed(packSpikes(hidden, { ...shape, channels: c.hidden })),
    membrane: store ? last.membrane : before,
    fired: followed(fire ? packSpikes(last.fired, shape) : silent),
  };
}

type Result = Awaited<ReturnType<typeof run>>;
function expectSame(got: Result, want: Result) {
  expect(firstDifference(got.hidden, want.hidden), 'hidden').toBeUndefined();
  expect(firstDifference(got.membrane, want.membrane), 'membrane').toBeUndefined();
  expect(firstDifference(got.fired, want.fired), 'fired').toBeUndefined();
}

const narrow = { channels: 8, hidden: 20, outputs: 12 };
const wide = { channels: 16, hidden: 144, outputs: 80 }; // more quads than lanes, which share

describe('spike-mlp', () => {
  test.for<Case>([
    { height: 1, width: 1, channels: 4, hidden: 4, outputs: 4 },
    { height: 1, width: 7, ...narrow },
    { height: 1, width: 8, ...narrow, fire: false },
    { height: 1, width: 9, ...narrow, accumulate: true },
    { height: 3, width: 17, ...narrow, accumulate: true }, // an odd number of tiles
    { height: 3, width: 17, ...wide, accumulate: true },
    { height: 5, width: 6, ...wide, store: false }, // fires, and leaves the membrane alone
    { height: 5, width: 6, ...wide, store: false, accumulate: true },
    { height: 3, width: 9, ...wide, alone: true },
    { height: 3, width: 9, ...wide, hidden: 148 }, // one layer alone could share
    { height: 2, width: 16, ...wide, density: 1 }, // all at once
    { height: 2, width: 16, ...wide, density: 0.05 }, // one by one
    { height: 2, width: 16, ...wide, density: 0 },
    { height: 3, width: 9, ...wide, uniform: [true, true] },
    { height: 3, width: 9, ...wide, uniform: [true, false] },
    { height: 3, width: 9, ...narrow, uniform: [false, true], density: 0.05 },
    { height: 2, width: 12, ...narrow, stride: 20 },
    { height: 3, width: 4, ...narrow, channelMajor: true, accumulate: true },
    { height: 3, width: 12, ...wide, channelMajor: true, fire: false },
    { height: 1, width: 20, channels: 64, hidden: 256, outputs: 64, channelMajor: true },
    { height: 1, width: 100, ...wide, channelMajor: true, accumulate: true, store: false },
    { height: 16, width: 16, channels: 64, hidden: 256, outputs: 64, accumulate: true },
  ])('equals two layers and the reference, bit for bit: %o', async (c, { gpu }) => {
    // Sums of multiples of 1/8 are exact in any order: the reference has the same.
    const exact = valuesOf(c, eighths);
    const got = await run(gpu, c, exact, true);
    expectSame(got, expected(c, exact));
    expectSame(got, await run(gpu, c, exact, false));
    // Other sums round, and must do so in the same order.
    const rounded = valuesOf(c, (length, seed) => uniform(length, -0.7, 0.8, seed));
    expectSame(await run(gpu, c, rounded, true), await run(gpu, c, rounded, false));
  });

  test('rounds ties to even in both neurons, and fires as many spikes as the host allows', async ({
    gpu,
  }) => {
    const map = { height: 1, width: 8, channels: 4 };
    const first = (value: number) => Float32Array.of(value, 0, 0, 0);
    const halves = gpu.buffer(new Float32Array(16).fill(0.5, 0, 1));
    const [hidden, fired] = [gpu.buffer(16), gpu.buffer(16)];
    const options = { input: map, hidden: 4, output: map, levels: 8, fire: true };
    const dispatch = (await createSpikeMlp(gpu.host, options))({
      input: gpu.buffer(Uint32Array.of(0x76543210, 0, 0, 0)),
      weights: [halves, halves],
      bias: [gpu.buffer(first(0)), gpu.buffer(first(0.5))],
      hidden,
      fired,
    });
    const run = async () => {
      await gpu.run(dispatch);
      const words = [await gpu.readU32(hidden), await gpu.readU32(fired)];
      return words.map((word) =>
        Array.from(unpackSpikes(word.slice(0, 1), { ...map, channels: 1 })),
      );
    };
    expect(await run()).toEqual([
      [0, 0, 1, 2, 2, 2, 3, 4], // of 0, 0.5, 1, .. 3.5
      [0, 0, 1, 2, 2, 2, 2, 2], // of 0.5, 0.5, 1, 1.5, 1.5, 1.5, 2, 2.5
    ]);
    gpu.host.limitSpikes(1);
    expect(await run()).toEqual([
      [0, 0, 1, 1, 1, 1, 1, 1],
      [0, 0, 1, 1, 1, 1, 1, 1],
    ]);
  });

  test('refuses other shapes', async ({ gpu }) => {
    const input = { height: 2, width: 6, channels: 8 };
    const fits: SpikeMlpOptions = { input, hidden: 12, output: input, levels: D };
    expect(fitsSpikeMlp(fits)).toBe(true);
    const odd: Partial<SpikeMlpOptions>[] = [
      { input: { ...input, channels: 6 } },
      { input: { ...input, stride: 10 } },
      { input: { ...input, stride: 12, offset: 2 } },
      { hidden: 10 },
      { output: { ...input, channels: 10 } },
      { channelMajor: true }, // rows of 6 pixels
    ];
    for (const change of odd) {
      expect(fitsSpikeMlp({ ...fits, ...change })).toBe(false);
      await expect(createSpikeMlp(gpu.host, { ...fits, ...change })).rejects.toThrow(
        'spike-mlp: channels come by fours',
      );
    }
    await expect(
      createSpikeMlp(gpu.host, { ...fits, output: { ...input, width: 8 } }),
    ).rejects.toThrow('spike-mlp: 2 × 6 pixels do not become 2 × 8');
  });

  test('refuses a buffer that is missing or too short, by name', async ({ gpu }) => {
    const map = { height: 1, width: 9, channels: 8 };
    const options = { input: map, hidden: 12, output: map, levels: D };
    const create = await createSpikeMlp(gpu.host, { ...options, fire: true, store: true });
    const [weights, short] = [gpu.buffer(4 * 8 * 12), gpu.buffer(12)];
    const bias = gpu.buffer(4 * 12);
    const fits = {
      input: gpu.buffer(64),
      weights: [weights, weights] as const,
      bias: [bias, bias] as const,
      hidden: gpu.buffer(96),
      membrane: gpu.buffer(4 * 72),
      fired: gpu.buffer(64),
    };
    create(fits);
    const refusals: [Partial<typeof fits>, string][] = [
      [{ input: short }, 'input: needs 64 bytes, got 12'],
      [{ weights: [short, weights] }, 'first weights: needs 384 bytes'],
      [{ weights: [weights, short] }, 'second weights: needs 384 bytes'],
      [{ bias: [short, bias] }, 'first bias: needs 48 bytes'],
      [{ bias: [bias, short] }, 'second bias: needs 32 bytes'],
      [{ hidden: short }, 'hidden: needs 96 bytes'],
      [{ membrane: short }, 'membrane: needs 288 bytes'],
      [{ fired: short }, 'fired: needs 64 bytes'],
    ];
    for (const [change, message] of refusals) {
      expect(() => create({ ...fits, ...change })).toThrow(`spike-mlp: ${message}`);
    }
    expect(() => create({ ...fits, fired: undefined })).toThrow('fired: needs 64 bytes, got 16');
    const uniform = await createSpikeMlp(gpu.host, { ...options, uniform: [true, true] });
    expect(() => uniform(fits)).toThrow('spike-mlp: first weights: needs 65536 bytes, got 384');
  });
});
