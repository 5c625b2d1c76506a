import { BufferPool, STORAGE } from '../src/gpu/buffers.ts';
import type { OpenDevice } from '../src/gpu/device.ts';
import { patiently } from '../src/gpu/patience.ts';
import { createKernelHost } from '../src/kernels/host.ts';
import { createSpikeConv } from '../src/kernels/spike-conv.ts';
import { spikeBytes } from '../src/model/shapes.ts';
import { packSpikes } from '../src/reference/maps.ts';
import { eighths, spikeCounts } from '../tests/support/random.ts';
import { clusteredCounts } from './clustered.ts';
import { median } from './measure.ts';

/** Part of the units that fire. */
const RATES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1];
const LEVELS = 8;
const INPUT = { height: 32, width: 32, channels: 128 };
const OUTPUT = INPUT;
/** Dispatches of one submit, so that the submit itself weighs little. */
const REPEATS = 5;

export interface CurvePoint {
  readonly rate: number;
  /** Part of the words of 8 pixels that are not zero. */
  readonly words: number;
  /** Of one dispatch: median of the runs, and the fastest. */
  readonly ms: number;
  readonly best_ms: number;
}

export interface SpikeCurves {
  /** Spikes clustered as in trained networks. */
  readonly clustered: readonly CurvePoint[];
  /** Spikes spread at random: hardest to skip. */
  readonly random: readonly CurvePoint[];
}

/** Times a 3×3 convolution of spikes, 128 to 128 channels on 32×32, against the rate of firing. */
export async function spikeCurves({ device }: OpenDevice, runs: number): Promise<SpikeCurves> {
  const pool = new BufferPool(device);
  try {
    const host = createKernelHost(device, pool);
    const layer = { stride: 1, input: INPUT, output: OUTPUT, levels: LEVELS } as const;
    const create = await createSpikeConv(host, layer);
    const fired = spikeBytes(OUTPUT.height, OUTPUT.width, OUTPUT.channels);
    const common = {
      weights: pool.upload('weights', eighths(9 * INPUT.channels * OUTPUT.channels)),
      bias: pool.upload('bias', eighths(OUTPUT.channels, 2)),
      fired: pool.create('fired', fired, STORAGE),
    };
    const units = INPUT.height * INPUT.width * INPUT.channels;
    const maps = [
      ...RATES.map((rate) => clusteredCounts(INPUT, LEVELS, rate)),
      ...RATES.map((rate) => spikeCounts(units, LEVELS, rate)),
    ].map((counts) => packSpikes(counts, INPUT));
    const actions = maps.map((words, i) => {
      const dispatch = create({ ...common, input: pool.upload(`spikes ${i}`, words) });
      return async () => {
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        for (let i = 0; i < REPEATS; i++) dispatch(pass);
        pass.end();
        device.queue.submit([encoder.finish()]);
        await patiently(device.queue.onSubmittedWorkDone());
      };
    });
    // One of each in turn, so that fast and slow spells of the machine fall on all alike.
    const times = actions.map((): number[] => []);
    for (let run = 0; run < runs; run++)
      for (const [i, action] of actions.entries()) {
        const started = performance.now();
        await action();
        times[i]?.push((performance.now() - started) / REPEATS);
      }
    const points = maps.map((words, i) => ({
      rate: RATES[i % RATES.length] ?? NaN,
      words: words.filter((word) => word !== 0).length / words.length,
      ms: median(times[i] ?? []),
      best_ms: Math.min(...(times[i] ?? [])),
    }));
    return { clustered: points.slice(0, RATES.length), random: points.slice(RATES.length) };
  } finally {
    pool.destroyAll();
  }
}
