import { SpikesegError, throwIfAborted } from '../errors.ts';
import { BufferPool } from '../gpu/buffers.ts';
import type { OpenDevice } from '../gpu/device.ts';
import { PipelineCache } from '../gpu/pipeline.ts';
import { createKernelHost } from '../kernels/host.ts';
import { fit } from '../model/fit.ts';
import type { ModelManifest } from '../model/manifest.ts';
import type { Plan } from '../model/plan.ts';
import type { Size } from '../model/shapes.ts';
import { buildNetwork } from '../model/spike2former/network.ts';
import { costOfAll } from '../model/submits.ts';
import type { TensorSource } from '../model/tensors.ts';
import { Weights } from '../model/weights.ts';
import { ConstantStore } from './constants.ts';
import { Improvement } from './improvement.ts';
import { Lane } from './lanes.ts';
import { adviseSmaller } from './memory.ts';
import type { Picture } from './picture.ts';
import { Program } from './program.ts';
import { Session, type Outcome, type SessionRun } from './session.ts';
import { warmUp } from './warm-up.ts';

export interface LoadSteps {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    ((phase: 'upload' | 'compile' | 'warm-up', loaded: number, total: number) => void) | undefined;
}

export interface RunOptions extends SessionRun {
  /** Size at which the network runs. @defaultValue the manifest's */
  readonly size?: Size | undefined;
}

/** Sizes of networks, and of pictures, that are kept ready; the least recently used goes first. */
const KEPT = 2;
/**
 * Networks up to this cost begin with plain kernels: a picture of a larger one takes these longer than a
 * software driver takes to compile the fast ones.
 */
const PLAIN_COST = 8e9;
/** No submit should keep the GPU from others for longer. Milliseconds. */
const SUBMIT_BUDGET = 40;

/** A model on a device: the one owner of its GPU memory. One picture runs at a time. */
export class Engine {
  readonly manifest: ModelManifest;
  readonly adapter: string;
  /** Milliseconds of the steps of loading. */
  readonly loading = { upload: 0, compile: 0, warmUp: 0 };
  readonly #gpu: OpenDevice;
  readonly #weights: Weights;
  readonly #pool: BufferPool;
  readonly #pipelines: PipelineCache;
  readonly #constants: ConstantStore;
  readonly #programs = new Map<string, Program>();
  readonly #sessions = new Map<string, Session>();
  readonly #lane = new Lane();
  #stopped: SpikesegError | undefined;
  /** Cost of a submit, as `costOf` counts. */
  #costPerSubmit = Infinity;
  readonly #improvement: Improvement;
  #images = 0;
  #plan: Plan | undefined;

  private constructor(gpu: OpenDevice, manifest: ModelManifest, weights: Weights) {
    this.#gpu = gpu;
    this.manifest = manifest;
    this.adapter = gpu.adapter;
    this.#weights = weights;
    this.#pool = new BufferPool(gpu.device);
    this.#pipelines = new PipelineCache(gpu.device);
    this.#constants = new ConstantStore(this.#pool);
    this.#improvement = new Improvement(gpu.device, () =>
      this.#stopped ? [] : [...this.#programs.values()],
    );
    void gpu.lost.then((error) => (this.#stopped ??= error));
  }

  /**
   * Takes over the device, and destroys it if loading fails. `weights` are borrowed and must stay
   * readable.
   * @throws SpikesegError `weights-invalid`, `shader-compile`, `out-of-memory`, `aborted`
   */
  static async create(
    gpu: OpenDevice,
    manifest: ModelManifest,
    weights: TensorSource,
    steps: LoadSteps = {},
  ): Promise<Engine> {
    try {
      const engine = new Engine(gpu, manifest, new Weights(weights, manifest.config));
      try {
        await engine.#warmUp(steps);
      } catch (error) {
        engine.#free();
        throw error;
      }
      return engine;
    } catch (error) {
      gpu.device.destroy();
      throw error;
    }
  }

  /**
   * Labels a picture, after those that came before. Takes the picture over and closes it.
   * @throws SpikesegError `aborted`, `device-lost`, `disposed`, `invalid-argument`, `image-invalid`,
   * `out-of-memory`
   */
  segment(picture: Picture, options: RunOptions = {}): Promise<Outcome> {
    return this.#lane.run(async () => {
      try {
        this.#expectAlive(options.signal);
        const session = await this.#session(picture, options);
        // Times are to be those of the fast kernels.
        if (options.profile && this.timestamps) await this.#improvement.finish(options.signal);
        const started = performance.now();
        const outcome = await session.run(picture, options);
        if (!options.profile) this.#learn(session.program.cost, performance.now() - started);
        this.#images++;
        this.#improvement.start();
        return outcome;
      } catch (error) {
        // What failed because the device went away is told as that.
        await Promise.resolve();
        throw this.#stopped ?? error;
      } finally {
        if (picture.kind === 'image') picture.image.close();
      }
    });
  }

  /** Buffers and bytes that live on the GPU now. */
  memory(): { buffers: number; bytes: number } {
    const owners = [this.#pool, ...this.#programs.values(), ...this.#sessions.values()];
    return {
      buffers: owners.reduce((sum, { count }) => sum + count, 0),
      bytes: owners.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** Whether the device can time operations. */
  get timestamps(): boolean {
    return this.#gpu.device.features.has('timestamp-query');
  }

  /**
   * The plan of the model's own size; at the size that was used last the dispatches that a picture takes
   * with fast kernels, and those in whose place plain ones still run; the pictures done.
   */
  statistics(): { plan: Plan | undefined; dispatches: number; plain: number; images: number } {
    const { dispatches = 0, plain = 0 } = [...this.#programs.values()].at(-1) ?? {};
    return { plan: this.#plan, dispatches, plain, images: this.#images };
  }

  /** Frees everything once the picture at hand is done; later calls reject with `disposed`. */
  dispose(): Promise<void> {
    this.#stopped = new SpikesegError(
      'disposed',
      'this segmenter was disposed of: create a new one',
    );
    return this.#lane.run(() => {
      this.#free();
      this.#gpu.device.destroy();
      return Promise.resolve();
    });
  }

  async #warmUp({ signal, onProgress }: LoadSteps): Promise<void> {
    const { preprocessing } = this.manifest;
    const [height, width] = preprocessing.size;
    const { input } = fit(preprocessing, { height, width });
    const program = await this.#program(input, { signal, onProgress });
    this.#plan = program.plan;
    onProgress?.('warm-up', 0, 1);
    const started = performance.now();
    const cost = await warmUp(this.#gpu.device, program, signal);
    this.loading.warmUp = performance.now() - started;
    // That was with translation, and so too long: the first picture has shorter submits than it needs.
    this.#learn(cost, this.loading.warmUp);
    onProgress?.('warm-up', 1, 1);
  }

  /** Finds from what was run how much of the network fits a submit. */
  #learn(cost: number, milliseconds: number): void {
    const perSubmit = (cost / milliseconds) * SUBMIT_BUDGET;
    const change = perSubmit / this.#costPerSubmit;
    // What is less is noise.
    if (change > 1.5 || change < 1 / 1.5) this.#costPerSubmit = perSubmit;
  }

  async #program(size: Size, { signal, onProgress }: LoadSteps = {}): Promise<Program> {
    return kept(this.#programs, `${size.width}×${size.height}`, async () => {
      const graph = buildNetwork(this.manifest.config, size);
      const started = performance.now();
      const total = graph.constants
        .flatMap(({ constants }) => constants)
        .reduce((sum, { bytes }) => sum + bytes, 0);
      await this.#constants.load(graph, (name) => this.#weights.read(name), {
        signal,
        onBytes: (bytes) => onProgress?.('upload', bytes, total),
      });
      const uploaded = performance.now();
      const plain = !this.#improvement.done && costOfAll(graph.ops) <= PLAIN_COST;
      const program = await Program.create(this.#gpu.device, this.#host, graph, this.#constants, {
        signal,
        onStep: (done) => onProgress?.('compile', done, graph.ops.length),
        plain,
        join: true,
      });
      this.loading.upload ||= uploaded - started;
      this.loading.compile ||= performance.now() - uploaded;
      return program;
    }).catch((error: unknown) => adviseSmaller(error, this.manifest.config, size));
  }

  readonly #host = (pool: BufferPool) => createKernelHost(this.#gpu.device, pool, this.#pipelines);

  async #session(source: Size, { size }: RunOptions): Promise<Session> {
    const { preprocessing } = this.manifest;
    const fitted = fit(preprocessing, source, size);
    const { content, input } = fitted;
    const key = [source, content, input].map((s) => `${s.width}×${s.height}`).join(' → ');
    const program = await this.#program(input);
    const session = await kept(this.#sessions, key, () =>
      Session.create(this.#gpu.device, this.#host, program, {
        preprocessing,
        source,
        fit: fitted,
        costPerSubmit: () => this.#costPerSubmit,
      }),
    ).catch((error: unknown) => adviseSmaller(error, this.manifest.config, input));
    if (session.program === program) return session;
    // The network of this size was dropped and built anew: so must be what reads its buffers.
    session.destroy();
    this.#sessions.delete(key);
    return this.#session(source, { size });
  }

  #expectAlive(signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    if (this.#stopped) throw this.#stopped;
  }

  #free(): void {
    for (const session of this.#sessions.values()) session.destroy();
    for (const program of this.#programs.values()) program.destroy();
    this.#sessions.clear();
    this.#programs.clear();
    this.#pool.destroyAll();
  }
}

/** The value under `key`, made if need be; beyond {@link KEPT} values the oldest is destroyed. */
async function kept<T extends { destroy(): void }>(
  cache: Map<string, T>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const value = cache.get(key) ?? (await make());
  cache.delete(key);
  cache.set(key, value); // now the most recent
  if (cache.size > KEPT) {
    const [oldest] = cache.keys();
    if (oldest !== undefined) {
      cache.get(oldest)?.destroy();
      cache.delete(oldest);
    }
  }
  return value;
}
