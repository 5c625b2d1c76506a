import { SpikesegError } from '../errors.ts';
import type { KernelSpec } from '../gpu/pipeline.ts';

export { TILE, spikeBytes } from '../model/shapes.ts';

/** What a kernel borrows from the engine. */
export interface KernelHost {
  readonly device: GPUDevice;
  /** Compiled once for each distinct set of constants. @throws SpikesegError `shader-compile` */
  pipeline(spec: KernelSpec): Promise<GPUComputePipeline>;
  /** A uniform buffer with `data`; the host owns and frees it. */
  uniform(label: string, data: ArrayBuffer): GPUBuffer;
  /** Stands in for a tensor that a binding does not use: one to read, two to write. Never bound twice. */
  readonly absent: {
    readonly read: GPUBuffer;
    readonly write: GPUBuffer;
    readonly write2: GPUBuffer;
    /** Uniform, of WINDOW_BYTES. */
    readonly window: GPUBuffer;
  };
}

/** Records one dispatch into a pass; allocates nothing. */
export type Dispatch = (pass: GPUComputePassEncoder) => void;

/** Packs a WGSL struct of `u32` and `f32` members, in order; `f32` values are given as `{ f32 }`. */
export function packUniform(
  members: Readonly<Record<string, number | boolean | { readonly f32: number }>>,
): ArrayBuffer {
  const values = Object.values(members);
  const data = new DataView(new ArrayBuffer(Math.ceil(values.length / 4) * 16));
  values.forEach((value, i) => {
    if (typeof value === 'object') data.setFloat32(4 * i, value.f32, true);
    else data.setUint32(4 * i, Number(value), true);
  });
  return data.buffer;
}

/**
 * Binds buffers and textures in the order of their binding numbers and fixes the grid.
 * @throws SpikesegError `shape-mismatch` if the grid is larger than the device allows
 */
export function bindDispatch(
  host: KernelHost,
  pipeline: GPUComputePipeline,
  resources: readonly (GPUBuffer | GPUTextureView)[],
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
  return (pass) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y, z);
  };
}

/** @throws SpikesegError `shape-mismatch` unless `buffer` holds `bytes`; `what` names kernel and tensor */
export function expectCapacity(what: string, buffer: GPUBuffer, bytes: number): void {
  if (buffer.size >= bytes) return;
  throw new SpikesegError('shape-mismatch', `${what}: needs ${bytes} bytes, got ${buffer.size}`);
}
