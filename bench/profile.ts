import { FiringRecorder } from '../src/engine/firing.ts';
import { Profiler } from '../src/engine/profile.ts';
import type { FiringStatistics } from '../src/model/statistics.ts';
import type { OperationProfile } from '../src/model/profile.ts';
import { median } from './measure.ts';
import type { Ours } from './ours.ts';

/**
 * Times every dispatch in a pass of its own, by timestamps on the GPU: medians, slowest first,
 * without copies, which are in no pass.
 * Undefined where the device has none.
 */
export async function profile(ours: Ours, runs: number): Promise<OperationProfile[] | undefined> {
  const { device } = ours.gpu;
  if (!device.features.has('timestamp-query')) return undefined;
  const firing = await firingOf(ours);
  const profiler = await Profiler.create(device, ours.program);
  try {
    const times: number[][] = [];
    for (let run = 0; run < runs; run++) {
      ours.enter();
      const encoder = device.createCommandEncoder();
      profiler.encode(encoder);
      profiler.finish(encoder);
      device.queue.submit([encoder.finish()]);
      times.push(await profiler.read());
    }
    const medians = ours.program.steps.map((_, i) => median(times.map((run) => run[i] ?? NaN)));
    return profiler.profile(firing, medians).toSorted((a, b) => b.milliseconds - a.milliseconds);
  } finally {
    profiler.destroy();
  }
}

/** How the network fires on the picture at hand. */
async function firingOf(ours: Ours): Promise<FiringStatistics> {
  const { gpu, program, makeHost } = ours;
  const recorder = await FiringRecorder.create(gpu.device, makeHost, program);
  try {
    ours.enter();
    const encoder = gpu.device.createCommandEncoder();
    recorder.begin(encoder);
    program.encode(encoder, 0, program.steps.length, recorder.watch);
    recorder.finish(encoder);
    gpu.device.queue.submit([encoder.finish()]);
    return await recorder.read();
  } finally {
    recorder.destroy();
  }
}
