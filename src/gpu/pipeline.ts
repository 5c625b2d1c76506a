import { SpikesegError } from '../errors.ts';
import { withoutSubgroups } from './subgroups.ts';

/** One kernel: a WGSL module and the values of its `override`s. */
export interface KernelSpec {
  /** Base name of the shader; label in GPU error messages and traces, e.g. `spike-conv`. */
  readonly name: string;
  readonly source: string;
  readonly constants?: Readonly<Record<string, number>>;
}

/**
 * Compiles one kernel without blocking the queue.
 * @throws SpikesegError `shader-compile`, with the compiler's messages, line by line
 */
export async function compile(device: GPUDevice, spec: KernelSpec): Promise<GPUComputePipeline> {
  const code = device.features.has('subgroups') ? spec.source : withoutSubgroups(spec.source);
  // Push and pop in one tick: scopes are a stack per device, so an await between would mix calls.
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: spec.name, code });
  const moduleError = device.popErrorScope().catch(() => null); // a lost device is told elsewhere
  try {
    return await device.createComputePipelineAsync({
      label: spec.name,
      layout: 'auto',
      compute: { module, entryPoint: 'main', constants: { ...spec.constants } },
    });
  } catch (cause) {
    const { messages } = await module.getCompilationInfo();
    const lines = messages.map(
      (m) => `${spec.name}.wgsl:${m.lineNum}:${m.linePos} ${m.type}: ${m.message}`,
    );
    const why = lines.join('\n') || String(cause); // a refused constant has no line: the cause tells
    throw new SpikesegError('shader-compile', `kernel ${spec.name} was refused\n${why}`, { cause });
  } finally {
    await moduleError;
  }
}

/** Compiles each distinct kernel once; a refused one may be tried again. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** @throws SpikesegError `shader-compile` */
  get(spec: KernelSpec): Promise<GPUComputePipeline> {
    const key = `${spec.name} ${JSON.stringify(spec.constants ?? {})}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const pipeline = compile(this.#device, spec);
    this.#pipelines.set(key, pipeline);
    pipeline.catch(() => this.#pipelines.delete(key));
    return pipeline;
  }
}
