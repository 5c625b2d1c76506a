/** Why spikeseg stopped. Programs switch on the code; messages are for people. */
export type SpikesegErrorCode =
  | 'webgpu-unavailable' // no WebGPU, no adapter, or a required limit is missing
  | 'device-lost' // the GPU went away; create a new segmenter
  | 'out-of-memory' // the GPU refused an allocation
  | 'shader-compile' // a bug of ours: WGSL or a constant was refused
  | 'shape-mismatch' // a tensor does not fit the graph: a bug of ours, or a wrong golden
  | 'manifest-invalid' // manifest.json is not what it should be
  | 'weights-invalid' // a weights file is malformed, incomplete or does not fit its configuration
  | 'checkpoint-invalid' // a .pth file is malformed, unsafe or not understood
  | 'integrity' // a file's bytes or SHA-256 differ from what was promised
  | 'network' // a file could not be fetched
  | 'storage' // the browser does not keep a file
  | 'image-invalid' // a picture cannot be decoded or has an unusable size
  | 'invalid-argument' // a call was made with a value that cannot be used
  | 'aborted' // the caller's signal was aborted
  | 'disposed' // the segmenter was disposed of; create a new one
  | 'worker-died' // the worker threw outside a call, or could not be loaded
  | 'internal';

/**
 * The one error class that leaves this package. `message` says what was wrong, what was expected and
 * what to do. Code, message and stack cross the worker boundary; `cause` stays behind.
 */
export class SpikesegError extends Error {
  override readonly name = 'SpikesegError';
  readonly code: SpikesegErrorCode;

  constructor(code: SpikesegErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws SpikesegError `aborted` once `signal` has been aborted; its reason is the cause. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new SpikesegError('aborted', 'the operation was aborted by its signal', {
    cause: signal.reason,
  });
}
