import { transferHandlers, type TransferHandler } from 'comlink';
import { SpikesegError, type SpikesegErrorCode } from '../errors.ts';

interface Thrown {
  readonly value: unknown;
}
interface ThrownSpikesegError {
  readonly code: SpikesegErrorCode;
  readonly message: string;
  readonly stack: string | undefined;
}

const plain = transferHandlers.get('throw') as TransferHandler<Thrown, unknown>;

/**
 * Lets a `SpikesegError` cross the boundary as one. Comlink's own handler keeps `message`, `name`
 * and `stack` only, so `code` and `instanceof` would be lost (GoogleChromeLabs/comlink#514, #594).
 * Call on each side before the first message; calling again changes nothing.
 */
export function installErrorTransfer(): void {
  const handler: TransferHandler<Thrown, unknown> = {
    canHandle: (value): value is Thrown => plain.canHandle(value),
    serialize(thrown) {
      if (!(thrown.value instanceof SpikesegError)) return plain.serialize(thrown);
      const { code, message, stack } = thrown.value;
      return [{ code, message, stack } satisfies ThrownSpikesegError, []];
    },
    deserialize(wire) {
      if (!isThrownSpikesegError(wire)) return plain.deserialize(wire);
      const error = new SpikesegError(wire.code, wire.message);
      if (wire.stack !== undefined) error.stack = wire.stack;
      throw error;
    },
  };
  transferHandlers.set('throw', handler);
}

function isThrownSpikesegError(wire: unknown): wire is ThrownSpikesegError {
  return typeof wire === 'object' && wire !== null && 'code' in wire;
}
