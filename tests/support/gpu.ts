import { test as base, expect } from 'vitest';
import { BufferPool, STORAGE, UNIFORM } from '../../src/gpu/buffers.ts';
import { createKernelHost } from '../../src/kernels/host.ts';
import type { Dispatch, KernelHost } from '../../src/kernels/kernel.ts';
import { WINDOW_BYTES } from '../../src/model/shapes.ts';
import { openDawn } from '../../src/node/dawn.ts';

type Data = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

export interface TestGpu {
  readonly device: GPUDevice;
  /** Its lanes share what they load where the device has subgroups. */
  readonly host: KernelHost;
  /** The same, for lanes that share nothing. */
  readonly alone: KernelHost;
  /** Storage buffer with `data`, or that many zero bytes; destroyed when the test ends. */
  buffer(data: Data | number): GPUBuffer;
  /** Buffer with `data` that may be bound as uniform memory; destroyed when the test ends. */
  window(data: Data): GPUBuffer;
  /** Records the dispatches into one compute pass and waits for them. */
  run(...dispatches: readonly Dispatch[]): Promise<void>;
  readF32(buffer: GPUBuffer): Promise<Float32Array<ArrayBuffer>>;
  readU32(buffer: GPUBuffer): Promise<Uint32Array<ArrayBuffer>>;
}

/** A test with a device of its own; it fails on any uncaught GPU error, and frees every buffer. */
export const test = base.extend<{ gpu: TestGpu }>({
  // eslint wants a pattern; vitest reads the fixtures that a fixture needs from it
  gpu: async ({}, use) => {
    const adapter = await (await openDawn()).requestAdapter();
    if (!adapter) throw new Error('no WebGPU adapter: is a Vulkan driver installed?');
    const requiredFeatures = (['subgroups'] as const).filter((f) => adapter.features.has(f));
    const device = await adapter.requestDevice({ requiredFeatures });
    const pool = new BufferPool(device);
    const errors: string[] = [];
    device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));

    const read = async (buffer: GPUBuffer): Promise<ArrayBuffer> => {
      const { size } = buffer;
      const staging = pool.create(
        'staging',
        size,
        GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      );
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      return staging.getMappedRange().slice(0);
    };
    const host = createKernelHost(device, pool);
    await use({
      device,
      host,
      alone: { ...host, shares: false },
      buffer: (data) =>
        typeof data === 'number' ? pool.create('zeros', data, STORAGE) : pool.upload('data', data),
      window: (data) => pool.upload('window', data, WINDOW_BYTES, STORAGE | UNIFORM),
      async run(...dispatches) {
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        for (const dispatch of dispatches) dispatch(pass);
        pass.end();
        device.queue.submit([encoder.finish()]);
        await device.queue.onSubmittedWorkDone();
      },
      readF32: async (buffer) => new Float32Array(await read(buffer)),
      readU32: async (buffer) => new Uint32Array(await read(buffer)),
    });
    await device.queue.onSubmittedWorkDone();
    pool.destroyAll();
    device.destroy();
    expect(errors).toEqual([]);
  },
});
