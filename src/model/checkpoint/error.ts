import { SpikesegError } from '../../errors.ts';

/** The one error of this room; `message` says what was wrong, what was expected and what to do. */
export function checkpointError(message: string, options?: ErrorOptions): SpikesegError {
  return new SpikesegError('checkpoint-invalid', message, options);
}
