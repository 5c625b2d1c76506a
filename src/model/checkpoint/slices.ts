import type { ByteSource } from '../tensors.ts';
import { checkpointError } from './error.ts';

/** Bytes [start, end) of the file, all of them, in a new array that the caller owns. */
export async function readBytes(
  file: ByteSource,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await file.slice(start, end);
  if (bytes.length === end - start) return bytes;
  throw checkpointError(
    `bytes ${start} to ${end} were asked for, ${bytes.length} bytes came; the file changed while ` +
      'it was read, open it again',
  );
}

/** Little-endian integers at fixed places of a header. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
