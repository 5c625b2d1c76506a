import { SpikesegError } from '../errors.ts';
import type { KernelSpec } from '../gpu/pipeline.ts';

export { TILE, spikeBytes } from '../model/shapes.ts';

/** What a kernel borrows from the engine. */
export interface KernelHost {
  readonly device: GPUDevice;
  /** Invocations of a workgroup in the kernels that walk their output from end to end. */
  readonly lanes: number;
  /** Whether four neighbouring lanes can tell each other what each has loaded. */
  readonly shares: boolean;
  /** Compiled once for each distinct set of constants. @throws SpikesegError `shader-compile` */
  pipeline(spec: KernelSpec): Promise<GPUComputePipeline>;
  /** A uniform buffer with this content; the host owns and frees it. */
  uniform(label: string, content: UniformContent): GPUBuffer;
  /**
   * From now on the neurons of all kernels made with this host, before or after, fire `most` spikes at
   * most, and never more than the levels they were made with. Takes effect after what was submitted
   * before.
   */
  limitSpikes(most: number): void;
  /**
   * Stands in for a tensor that a binding does not use: one to read, three to write, of which
   * none is bound twice.
   */
  readonly absent: {
    readonly read: GPUBuffer;
    readonly write: GPUBuffer;
    readonly write2: GPUBuffer;
    readonly write3: GPUBuffer;
    /** Uniform, of WINDOW_BYTES. */
    readonly window: GPUBuffer;
  };
}

/** Records one dispatch into a pass, or a few; allocates nothing. */
export interface Dispatch {
  (pass: GPUComputePassEncoder): void;
  /** Of the one dispatch. */
  readonly pipeline?: GPUComputePipeline;
}

export interface UniformContent {
  readonly data: ArrayBuffer;
  /** The f32 that is the neuron's D, if there is a neuron; at a byte offset. */
  readonly levels?: { readonly value: number; readonly at: number };
}

/** `levels` is an f32 too: the D of a neuron. */
type UniformMember = number | boolean | { readonly f32: number } | { readonly levels: number };

/** Packs a WGSL struct of `u32` and `f32` members, in order; `f32` values are given as `{ f32 }`. */
export function packUniform(members: Readonly<Record<string, UniformMember>>): UniformContent {
  const values = Object.values(members);
  const data = new DataView(new ArrayBuffer(Math.ceil(values.length / 4) * 16));
  let levels: UniformContent['levels'];
  values.forEach((member, i) => {
    const at = 4 * i;
    if (typeof member !== 'object') data.setUint32(at, Number(member), true);
    else if ('f32' in member) data.setFloat32(at, member.f32, true);
    else {
      levels = { value: member.levels, at };
      data.setFloat32(at, member.levels, true);
    }
  });
  return { data: data.buffer, ...(levels && { levels }) };
}

/**
 * Binds buffers and textures in the order of their binding numbers and fixes the grid.
 * @throws SpikesegError `shape-mismatch` if the grid is larger than the device allows
 */
export function bindDispatch(
  host: KernelHost,
  pipeline: GPUComputePipeline,
  resources: readonly (GPUBuffer | GPUTextureView | GPUExternalTexture)[],
  [x, y = 1, z = 1]: readonly [number, number?, number?],
): Dispatch {
  const limit = host.device.limits.maxComputeWorkgroupsPerDimension;
  if (Math.max(x, y, z) > limit) {
    throw new SpikesegError(
      'shape-mismatch',
      `kernel ${pipeline.label}: a grid of ${x} × ${y} × ${z} workgroups exceeds ${limit} a side`,
    );
  }
  const group = host.device.createBindGroup({
    label: pipeline.label,
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({
      binding,
      resource: 'size' in resource ? { buffer: resource } : resource,
    })),
  });
  const record = (pass: GPUComputePassEncoder) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y, z);
  };
  return Object.assign(record, { pipeline });
}

/** @throws SpikesegError `shape-mismatch` unless `buffer` holds `bytes`; `what` names kernel and tensor */
export function expectCapacity(what: string, buffer: GPUBuffer, bytes: number): void {
  if (buffer.size >= bytes) return;
  throw new SpikesegError('shape-mismatch', `${what}: needs ${bytes} bytes, got ${buffer.size}`);
}
