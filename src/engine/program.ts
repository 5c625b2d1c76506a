import { SpikesegError, throwIfAborted } from '../errors.ts';
import { BufferPool, STORAGE } from '../gpu/buffers.ts';
import type { KernelHost } from '../kernels/kernel.ts';
import {
  isTensor,
  type Graph,
  type Op,
  type SegmentationGraph,
  type Tensor,
} from '../model/graph.ts';
import { runsOf, type Run } from '../model/join.ts';
import { planBuffers, type Plan } from '../model/plan.ts';
import { costOfAll } from '../model/submits.ts';
import { hasPlainForm } from './compile.ts';
import type { ConstantStore } from './constants.ts';
import type { BufferOf } from './operands.ts';
import { compilePlainRun, compileRun, settled, unlessRefused, type Step } from './steps.ts';

/**
 * Records dispatches that look at what an operation has just written. What it gives back records
 * copies of it, outside of the pass.
 */
export type Watch = (
  op: Op,
  pass: GPUComputePassEncoder,
) => ((encoder: GPUCommandEncoder) => void) | undefined;

/** What runs as plain kernels, and what these kernels have for themselves. */
interface PlainSteps {
  /** Runs whose fast kernels are yet to be compiled, in order. */
  readonly left: Run[];
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
  /** Have one kernel do two operations where there is such a kernel. @defaultValue false */
  readonly join?: boolean | undefined;
}

/** A graph, compiled: its activations' buffers and its commands. Owns the buffers in its pool. */
export class Program<G extends Graph = SegmentationGraph> {
  readonly graph: G;
  readonly plan: Plan;
  /** Of a run, as `costOf` counts. */
  readonly cost: number;
  readonly #runs: readonly Run[];
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
    runs: readonly Run[],
    steps: Step[],
    host: KernelHost,
    plain: PlainSteps | undefined,
    buffers: BufferOf,
    pool: BufferPool,
  ) {
    this.graph = graph;
    this.plan = plan;
    this.cost = costOfAll(graph.ops);
    this.#runs = runs;
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
   * @throws SpikesegError `shader-compile`, `shape-mismatch`, `network`, `out-of-memory`, `aborted`
   */
  static async create<G extends Graph>(
    device: GPUDevice,
    makeHost: (pool: BufferPool) => KernelHost,
    graph: G,
    constants: ConstantStore,
    { signal, onStep, plain = false, join = false }: ProgramOptions = {},
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
      const source = { ops: graph.ops, levels: graph.levels, buffers };
      const runs = join ? runsOf(graph.ops) : graph.ops.map((_, i): Run => [i, i + 1]);
      // All at once: a driver compiles pipelines side by side.
      let done = 0;
      const steps = await settled(
        runs.map(async (run) => {
          const made = await (plainHost
            ? compilePlainRun(plainHost, host, source, run)
            : compileRun(host, source, run));
          throwIfAborted(signal);
          onStep?.((done += made.length));
          return made;
        }),
      );
      const left = runs.filter(([from, to]) => graph.ops.slice(from, to).some(hasPlainForm));
      const plainSteps = plainHost && { left, refused: 0, host: plainHost, pool: plainPool };
      return new Program(graph, plan, runs, steps.flat(), host, plainSteps, buffers, pool);
    } catch (error) {
      pool.destroyAll();
      plainPool.destroyAll();
      throw error;
    }
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** Of a run with fast kernels; until all have come, as far as the device takes them. */
  get dispatches(): number {
    if (this.plain === 0) return this.#steps.filter((step) => 'dispatch' in step).length;
    return this.#runs.filter(([from]) => this.graph.ops[from]?.kind !== 'copy').length;
  }

  /** Kernels that {@link improve} has yet to come to. */
  get left(): number {
    return this.#plain?.left.length ?? 0;
  }

  /** Kernels in whose place plain ones run. */
  get plain(): number {
    return this.left + (this.#plain?.refused ?? 0);
  }

  /**
   * Compiles the next fast kernel in whose place plain ones run, and puts it there: what is recorded from
   * then on runs faster, to the same results. One call at a time.
   * @returns where its steps are; undefined if there is none, the kernel was refused, or the program was
   * destroyed
   */
  async improve(): Promise<Run | undefined> {
    const plain = this.#plain;
    const run = plain?.left[0];
    if (plain === undefined || run === undefined) return undefined;
    const { ops, levels } = this.graph;
    const source = { ops, levels, buffers: this.#buffers };
    const [from, to] = run;
    let steps: Step[] | undefined;
    try {
      steps = await compileRun(this.#host, source, run).catch(unlessRefused);
    } finally {
      plain.left.shift();
      if (steps === undefined) plain.refused++;
    }
    if (this.#destroyed) {
      this.#pool.destroyAll();
      return undefined;
    }
    if (steps) this.#steps.splice(from, to - from, ...steps);
    if (this.plain === 0) this.#dropPlain();
    return steps && run;
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
        const open = (pass ??= encoder.beginComputePass({ label: 'network' }));
        step.dispatch(open);
        const copies = step.ops.flatMap((op) => watch?.(op, open) ?? []);
        if (copies.length === 0) continue;
        open.end();
        pass = undefined;
        for (const copy of copies) copy(encoder);
      } else if ('from' in step) {
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

function slotBuffer(slots: readonly GPUBuffer[], plan: Plan, tensor: Tensor): GPUBuffer {
  const buffer = slots[plan.slotOf.get(tensor.id) ?? -1];
  if (buffer) return buffer;
  throw new SpikesegError('internal', `tensor ${tensor.label} has no place in the plan`);
}
