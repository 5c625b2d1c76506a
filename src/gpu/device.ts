import { SpikesegError } from '../errors.ts';

/** A device and what is known of it. The opener owns the device and destroys it. */
export interface OpenDevice {
  readonly device: GPUDevice;
  /** Vendor, architecture and description, for people. */
  readonly adapter: string;
  /** Settles when the device is gone, with the error for every later call. */
  readonly lost: Promise<SpikesegError>;
}

// Asked for where the adapter offers more than WebGPU's guaranteed minimum.
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxTextureDimension2D',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Used where the adapter offers them. */
const FEATURES = ['timestamp-query', 'subgroups'] as const satisfies readonly GPUFeatureName[];

/**
 * Opens a device on the best adapter of `gpu`.
 * @throws SpikesegError `webgpu-unavailable`, with what a person can do about it
 */
export async function openDevice(
  gpu: GPU | undefined,
  powerPreference?: GPUPowerPreference,
): Promise<OpenDevice> {
  if (!gpu) throw new SpikesegError('webgpu-unavailable', whyNoWebGpu());
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (!adapter) {
    throw new SpikesegError(
      'webgpu-unavailable',
      'WebGPU is there, but it offers no adapter: the GPU or its driver is not supported or is ' +
        'blocked. Update the graphics driver, or allow hardware acceleration in the settings.',
    );
  }
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = FEATURES.filter((name) => adapter.features.has(name));
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
  const lost = device.lost.then(
    ({ reason, message }) =>
      new SpikesegError(
        'device-lost',
        `the GPU device was lost (${reason}${message ? `: ${message}` : ''}): create a new segmenter`,
      ),
  );
  return { device, adapter: describe(adapter.info), lost };
}

function describe({ vendor, architecture, description }: GPUAdapterInfo): string {
  return [vendor, architecture, description].filter(Boolean).join(', ') || 'unnamed adapter';
}

function whyNoWebGpu(): string {
  if (typeof isSecureContext !== 'undefined' && !isSecureContext) {
    return 'WebGPU needs a secure page: open this one over https or on localhost.';
  }
  return (
    'This browser has no WebGPU. Use a recent Chrome, Edge, Firefox or Safari on a machine with a ' +
    'supported GPU; in Node install the package "webgpu".'
  );
}
