import { FiringRecorder } from '../src/engine/firing.ts';
import { Staging } from '../src/engine/readback.ts';
import { BufferPool } from '../src/gpu/buffers.ts';
import { accesses } from '../src/model/dataflow.ts';
import { tensorBytes, type Op } from '../src/model/graph.ts';
import { engineWork } from '../src/model/operations.ts';
import { median } from './measure.ts';
import type { Ours } from './ours.ts';

/** One operation of the engine. */
export interface ProfiledOp {
  readonly kind: Op['kind'];
  readonly label: string;
  readonly ms: number;
  /** Additions that spikes cause and multiply-accumulates, two operations each, in GFLOP/s. */
  readonly effective: number;
  /** As if nothing were spikes. */
  readonly dense: number;
  /** Activations read and written. */
  readonly bytes: number;
}

/**
 * Times every operation in a pass of its own, by timestamps on the GPU: medians, slowest first,
 * without copies, which are in no pass.
 * Undefined where the device has none.
 */
export async function profile(ours: Ours, runs: number): Promise<ProfiledOp[] | undefined> {
  if (!ours.gpu.device.features.has('timestamp-query')) return undefined;
  const works = await workOf(ours);
  const times: number[][] = [];
  for (let run = 0; run < runs; run++) times.push(await timeSteps(ours));
  const rate = (operations: number, ms: number) => (2 * operations) / ms / 1e6;
  return ours.program.steps
    .map(({ op }, i): ProfiledOp => {
      const ms = median(times.map((ofRun) => ofRun[i] ?? NaN));
      const { executed = NaN, dense = NaN } = works[i] ?? {};
      const { reads, writes } = accesses(op);
      const bytes = [...reads, ...writes].reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
      const { kind, label } = op;
      return { kind, label, ms, effective: rate(executed, ms), dense: rate(dense, ms), bytes };
    })
    .filter(({ kind }) => kind !== 'copy')
    .toSorted((a, b) => b.ms - a.ms);
}

/** Operations of every step for the picture at hand: done, and without spikes. */
async function workOf({ gpu: { device }, program, makeHost }: Ours) {
  const recorder = await FiringRecorder.create(device, makeHost, program);
  try {
    const encoder = device.createCommandEncoder();
    recorder.begin(encoder);
    program.encode(encoder, 0, program.steps.length, recorder.watch);
    recorder.finish(encoder);
    device.queue.submit([encoder.finish()]);
    const { executed } = await recorder.read();
    let next = 0;
    return program.steps.map(({ op }) => {
      const works = executed.slice(next, (next += engineWork(op).length));
      return {
        executed: works.reduce((sum, { accumulates, macs }) => sum + accumulates + macs, 0),
        dense: works.reduce((sum, { denseMacs }) => sum + denseMacs, 0),
      };
    });
  } finally {
    recorder.destroy();
  }
}

/** Milliseconds of every step of one run; NaN for copies, which are in no pass. */
async function timeSteps({ gpu: { device }, program }: Ours): Promise<number[]> {
  const count = 2 * program.steps.length;
  const bytes = 8 * count;
  const pool = new BufferPool(device);
  const querySet = device.createQuerySet({ type: 'timestamp', count });
  try {
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    const stamps = pool.create('timestamps', bytes, usage);
    const staging = new Staging(pool, 'timestamps read', bytes);
    const encoder = device.createCommandEncoder();
    program.steps.forEach((step, i) => {
      if (!('dispatch' in step)) {
        program.encode(encoder, i, i + 1);
        return;
      }
      const [beginningOfPassWriteIndex, endOfPassWriteIndex] = [2 * i, 2 * i + 1];
      const timestampWrites = { querySet, beginningOfPassWriteIndex, endOfPassWriteIndex };
      const pass = encoder.beginComputePass({ timestampWrites });
      step.dispatch(pass);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, stamps, 0);
    staging.copy(encoder, stamps, bytes);
    device.queue.submit([encoder.finish()]);
    const nanoseconds = new BigUint64Array(await staging.read());
    return program.steps.map((step, i) => {
      const [begin = 0n, end = 0n] = nanoseconds.subarray(2 * i, 2 * i + 2);
      return 'dispatch' in step ? Number(end - begin) / 1e6 : NaN;
    });
  } finally {
    querySet.destroy();
    pool.destroyAll();
  }
}
