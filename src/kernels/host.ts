import { STORAGE, UNIFORM, type BufferPool } from '../gpu/buffers.ts';
import { PipelineCache } from '../gpu/pipeline.ts';
import { WINDOW_BYTES } from '../model/shapes.ts';
import type { KernelHost, UniformContent } from './kernel.ts';

/** A host whose buffers live in `pool`, until the pool destroys them. */
export function createKernelHost(
  device: GPUDevice,
  pool: BufferPool,
  pipelines = new PipelineCache(device),
): KernelHost {
  const absent = (label: string) => pool.create(`absent ${label}`, 16, STORAGE);
  let most = Infinity;
  const neurons: { buffer: GPUBuffer; levels: NonNullable<UniformContent['levels']> }[] = [];
  return {
    device,
    lanes: lanesOf(device),
    shares: device.features.has('subgroups'),
    pipeline: (spec) => pipelines.get(spec),
    uniform(label, { data, levels }) {
      const buffer = pool.create(label, data.byteLength, UNIFORM);
      device.queue.writeBuffer(buffer, 0, data);
      if (levels) neurons.push({ buffer, levels });
      if (levels && levels.value > most) {
        device.queue.writeBuffer(buffer, levels.at, Float32Array.of(most));
      }
      return buffer;
    },
    limitSpikes(spikes) {
      most = spikes;
      for (const { buffer, levels } of neurons) {
        const value = Float32Array.of(Math.min(levels.value, most));
        device.queue.writeBuffer(buffer, levels.at, value);
      }
    },
    absent: {
      read: absent('read'),
      write: absent('write'),
      write2: absent('write2'),
      write3: absent('write3'),
      window: pool.create('absent window', WINDOW_BYTES, UNIFORM),
    },
  };
}

/**
 * Two subgroups: enough to hide a load behind another, few enough that small layers spread over the
 * whole device. On a software driver, whose subgroups are 8 wide, 16 take 5 % less than 64.
 */
function lanesOf(device: GPUDevice): number {
  // Older browsers do not tell the adapter of a device, or not its subgroups.
  const width = ('adapterInfo' in device ? device.adapterInfo.subgroupMaxSize : undefined) ?? NaN;
  return width > 0 ? Math.min(64, Math.max(16, 2 * width)) : 64;
}
