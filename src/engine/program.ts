import { SpikesegError, throwIfAborted } from '../errors.ts';
import { BufferPool, STORAGE } from '../gpu/buffers.ts';
import type { Dispatch, KernelHost } from '../kernels/kernel.ts';
import {
  isTensor,
  tensorBytes,
  type Graph,
  type Op,
  type SegmentationGraph,
  type Tensor,
} from '../model/graph.ts';
import { planBuffers, type Plan } from '../model/plan.ts';
import { costOfAll } from '../model/submits.ts';
import { compileOp, compilePlain, hasPlainForm, type BufferOf } from './compile.ts';
import type { ConstantStore } from './constants.ts';

/** Records one operation of the graph. Passes are opened where dispatches need one. */
export type Step =
  | { readonly op: Op; readonly dispatch: Dispatch }
  | { readonly op: Op; readonly from: GPUBuffer; readonly to: GPUBuffer; readonly bytes: number };

/**
 * Records dispatches that look at what an operation has just written. What it gives back records
 * copies of it, outside of the pass.
 */
export type Watch = (
  op: Op,
  pass: GPUComputePassEncoder,
) => ((encoder: GPUCommandEncoder) => void) | undefined;

/** Steps that run as plain kernels, and what these kernels have for themselves. */
interface PlainSteps {
  /** Where those are among all steps, in order, whose fast kernels are yet to be compiled. */
  readonly left: number[];
  /** How many have none that this device takes. */
  refused: number;
  readonly host: KernelHost;
  readonly pool: BufferPool;
}

export interface ProgramOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((done: number) => void) | undefined;
  /** Begin with kernels that are slower, but compiled sooner: {@link Program.improve}. @defaultValue false */
  readonly plain?: boolean | undefined;
}

/** A graph, compiled: its activations' buffers and its commands. Owns the buffers in its pool. */
export class Program<G extends Graph = SegmentationGraph> {
  readonly graph: G;
  readonly plan: Plan;
  /** Of a run, as `costOf` counts. */
  readonly cost: number;
  readonly #steps: Step[];
  readonly #host: KernelHost;
  #plain: PlainSteps | undefined;
  readonly #buffers: BufferOf;
  readonly #pool: BufferPool;
  #timestep: number;
  #destroyed = false;

  private constructor(
    graph: G,
    plan: Plan,
    steps: Step[],
    host: KernelHost,
    plain: PlainSteps | undefined,
    buffers: BufferOf,
    pool: BufferPool,
  ) {
    this.graph = graph;
    this.plan = plan;
    this.cost = costOfAll(graph.ops);
    this.#steps = steps;
    this.#host = host;
    this.#plain = plain;
    this.#buffers = buffers;
    this.#pool = pool;
    this.#timestep = graph.levels;
  }

  /**
   * Plans buffers and compiles every operation. `makeHost` gives a kernel host on the pool that the
   * program will own.
   * @throws SpikesegError `shader-compile`, `out-of-memory`, `aborted`
   */
  static async create<G extends Graph>(
    device: GPUDevice,
    makeHost: (pool: BufferPool) => KernelHost,
    graph: G,
    constants: ConstantStore,
    { signal, onStep, plain = false }: ProgramOptions = {},
  ): Promise<Program<G>> {
    const pool = new BufferPool(device);
    const plainPool = new BufferPool(device);
    try {
      const host = makeHost(pool);
      const plainHost = plain ? makeHost(plainPool) : undefined;
      const plan = planBuffers(graph);
      const slots = plan.slots.map((bytes, i) => pool.create(`activation ${i}`, bytes, STORAGE));
      await pool.granted();
      const buffers: BufferOf = (operand) =>
        isTensor(operand) ? slotBuffer(slots, plan, operand) : constants.buffer(operand);
      // All at once: a driver compiles pipelines side by side.
      let done = 0;
      const steps = await settled(
        graph.ops.map(async (op) => {
          const step = await compileStep(host, op, graph.levels, buffers, plainHost);
          throwIfAborted(signal);
          onStep?.(++done);
          return step;
        }),
      );
      const left = graph.ops.flatMap((op, i) => (hasPlainForm(op) ? [i] : []));
      const plainSteps = plainHost && { left, refused: 0, host: plainHost, pool: plainPool };
      return new Program(graph, plan, steps, host, plainSteps, buffers, pool);
    } catch (error) {
      pool.destroyAll();
      plainPool.destroyAll();
      throw error;
    }
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** Steps that {@link improve} has yet to come to. */
  get left(): number {
    return this.#plain?.left.length ?? 0;
  }

  /** Steps that run as plain kernels. */
  get plain(): number {
    return this.left + (this.#plain?.refused ?? 0);
  }

  /**
   * Compiles the fast kernel of the next step that runs as a plain one, and puts it in its place: what
   * is recorded from then on runs faster, to the same results. One call at a time.
   * @returns the step; undefined if there is none, the kernel was refused, or the program was destroyed
   */
  async improve(): Promise<number | undefined> {
    const plain = this.#plain;
    const at = plain?.left[0];
    const op = at === undefined ? at : this.#steps[at]?.op;
    if (plain === undefined || at === undefined || op === undefined) return undefined;
    const step = await compileStep(this.#host, op, this.graph.levels, this.#buffers).catch(
      unlessRefused,
    );
    if (this.#destroyed) {
      this.#pool.destroyAll();
      return undefined;
    }
    plain.left.shift();
    if (step === undefined) plain.refused++;
    else this.#steps[at] = step;
    if (this.plain === 0) this.#dropPlain();
    return step && at;
  }

  /** Where an activation is, while it lives. The program keeps owning it. */
  buffer(tensor: Tensor): GPUBuffer {
    return this.#buffers(tensor);
  }

  /**
   * Runs submitted from now on are as they stand after so many of D virtual timesteps: a neuron that
   * fires k spikes fires min(k, `timestep`). D, the start, is the whole run.
   * @throws SpikesegError `invalid-argument` unless `timestep` is an integer from 1 to D
   */
  stopAfter(timestep: number): void {
    const { levels } = this.graph;
    if (!Number.isInteger(timestep) || timestep < 1 || timestep > levels) {
      throw new SpikesegError(
        'invalid-argument',
        `timestep is ${timestep}: give an integer from 1 to ${levels}, the virtual timesteps of this model`,
      );
    }
    if (timestep === this.#timestep) return;
    this.#timestep = timestep;
    this.#host.limitSpikes(timestep);
    this.#plain?.host.limitSpikes(timestep);
  }

  /** Virtual timesteps of the runs submitted from now on: the most spikes that a neuron fires. */
  get timestep(): number {
    return this.#timestep;
  }

  /** Records that the states are zero again: the next run is the first timestep of a picture. */
  reset(encoder: GPUCommandEncoder): void {
    for (const state of this.graph.states) encoder.clearBuffer(this.buffer(state));
  }

  get count(): number {
    return this.#pool.count + (this.#plain?.pool.count ?? 0);
  }

  get bytes(): number {
    return this.#pool.bytes + (this.#plain?.pool.bytes ?? 0);
  }

  /** Records the steps [from, to). */
  encode(encoder: GPUCommandEncoder, from = 0, to = this.steps.length, watch?: Watch): void {
    let pass: GPUComputePassEncoder | undefined;
    for (const step of this.steps.slice(from, to)) {
      if ('dispatch' in step) {
        pass ??= encoder.beginComputePass({ label: 'network' });
        step.dispatch(pass);
        const copy = watch?.(step.op, pass);
        if (!copy) continue;
        pass.end();
        pass = undefined;
        copy(encoder);
      } else {
        pass?.end();
        pass = undefined;
        encoder.copyBufferToBuffer(step.from, 0, step.to, 0, step.bytes);
      }
    }
    pass?.end();
  }

  #dropPlain(): void {
    this.#plain?.pool.destroyAll();
    this.#plain = undefined;
  }

  /** Frees the activations; again, does nothing. */
  destroy(): void {
    this.#destroyed = true;
    this.#dropPlain();
    this.#pool.destroyAll();
  }
}

/** Gives undefined for a kernel that the device does not take. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof SpikesegError && error.code === 'shader-compile') return undefined;
  throw error;
}

/** All values in order. Rejects with the first reason, but not before nothing is under way any more. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

async function compileStep(
  host: KernelHost,
  op: Op,
  levels: number,
  buffer: BufferOf,
  plainHost?: KernelHost,
): Promise<Step> {
  if (op.kind === 'copy') {
    return { op, from: buffer(op.from), to: buffer(op.to), bytes: tensorBytes(op.to) };
  }
  const dispatch =
    plainHost && hasPlainForm(op)
      ? await compilePlain(plainHost, op, levels, buffer)
      : await compileOp(host, op, levels, buffer);
  return { op, dispatch };
}

function slotBuffer(slots: readonly GPUBuffer[], plan: Plan, tensor: Tensor): GPUBuffer {
  const buffer = slots[plan.slotOf.get(tensor.id) ?? -1];
  if (buffer) return buffer;
  throw new SpikesegError('internal', `tensor ${tensor.label} has no place in the plan`);
}
