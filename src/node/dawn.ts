import { SpikesegError } from '../errors.ts';

// Dawn's instance must outlive every object made from it: if it is collected, the process dies.
let instance: GPU | undefined;

/**
 * WebGPU for Node, by the optional peer dependency `webgpu` (Dawn). Installs WebGPU's global
 * constants (`GPUBufferUsage` …) where they are missing. `VK_DRIVER_FILES` selects the driver.
 * @throws SpikesegError `webgpu-unavailable` if the package is not installed
 */
export async function openDawn(): Promise<GPU> {
  if (instance) return instance;
  const dawn = await import('webgpu').catch((cause: unknown) => {
    throw new SpikesegError(
      'webgpu-unavailable',
      'WebGPU for Node comes with the package "webgpu", which is not installed: run "npm install webgpu"',
      { cause },
    );
  });
  Object.assign(globalThis, dawn.globals);
  instance = dawn.create([]);
  return instance;
}
