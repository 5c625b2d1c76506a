import { SpikesegError } from '../errors.ts';
import { ELEMENT_SIZE, widenToF32 } from './bytes.ts';
import { quoted, shapeText } from './describe.ts';
import { type HeaderEntry, parseHeader } from './safetensors-header.ts';
import type { ByteSource, Dtype, TensorInfo, TensorSource } from './tensors.ts';

const LENGTH_BYTES = 8;
/** The public format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

interface StoredTensor extends TensorInfo {
  /** Bytes [begin, end) of the file. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Opens a safetensors file: reads and checks its header, and leaves the data where it is. Stricter
 * than the format asks: unknown fields, keys that objects inherit, and more than 8 dimensions are
 * refused. `file` must stay readable as long as tensors are read.
 *
 * @throws SpikesegError `weights-invalid` naming the file, the tensor, what was found and expected
 * @see https://github.com/huggingface/safetensors#format
 */
export async function openSafetensors(file: ByteSource): Promise<TensorSource> {
  const headerBytes = await readHeaderLength(file);
  const dataStart = LENGTH_BYTES + headerBytes;
  const header = decodeUtf8(file, await file.slice(LENGTH_BYTES, dataStart));
  const tensors = layOut(file, parseHeader(header, file.name), dataStart);
  return {
    tensors,
    async read(name) {
      const tensor = tensors.get(name);
      if (tensor === undefined) {
        throw invalid(file, `there is no tensor ${quoted(name)}; use one of those it lists`);
      }
      return widenToF32(tensor.dtype, await file.slice(tensor.begin, tensor.end));
    },
  };
}

async function readHeaderLength(file: ByteSource): Promise<number> {
  const advice =
    'check that it is a whole safetensors file, not an error page or a Git LFS pointer';
  if (file.size < LENGTH_BYTES) {
    throw invalid(file, `${file.size} bytes are too few for the 8-byte header length; ${advice}`);
  }
  const { buffer, byteOffset } = await file.slice(0, LENGTH_BYTES);
  const length = new DataView(buffer, byteOffset).getBigUint64(0, true);
  const most = Math.min(MAX_HEADER_BYTES, file.size - LENGTH_BYTES);
  if (length > BigInt(most)) {
    const found = `the header length is ${String(length)}, expected at most ${most}`;
    throw invalid(file, `${found} in a file of ${file.size} bytes; ${advice}`);
  }
  return Number(length);
}

function decodeUtf8(file: ByteSource, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalid(file, 'the header is not valid UTF-8; write the file again', { cause });
  }
}

/** Checks every tensor against the file; the result is in the order of the data. */
function layOut(
  file: ByteSource,
  entries: readonly HeaderEntry[],
  dataStart: number,
): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const dataBytes = file.size - dataStart;
  let position = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const { name, shape, begin, end } = entry;
    const refuse = (problem: string) => invalid(file, `tensor ${quoted(name)} ${problem}`);
    const { dtype } = entry;
    if (!isDtype(dtype)) {
      const known = Object.keys(ELEMENT_SIZE).join(', ');
      throw refuse(`has the dtype ${quoted(dtype)}, expected one of ${known}; convert it`);
    }
    if (end < begin || end > dataBytes) {
      const found = `has the bytes ${begin} to ${end}`;
      throw refuse(`${found}, expected a range within the ${dataBytes} of data; fetch it again`);
    }
    const bytes = byteLength(shape, ELEMENT_SIZE[dtype]);
    if (bytes !== end - begin) {
      const expected = bytes === undefined ? 'more than 2^53' : String(bytes);
      const found = `${dtype} ${shapeText(shape)} takes ${expected} bytes`;
      throw refuse(`of type ${found}, but ${end - begin} are stored; write it again`);
    }
    if (begin !== position) {
      const fault = begin < position ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw refuse(`begins at byte ${begin}, expected ${position}: it ${fault}; write it again`);
    }
    position = end;
    tensors.set(name, { dtype, shape, begin: dataStart + begin, end: dataStart + end });
  }
  if (position !== dataBytes) {
    const found = `the tensors end at byte ${position} of ${dataBytes} of data`;
    throw invalid(file, `${found}, expected nothing after them; remove the trailing bytes`);
  }
  return tensors;
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(ELEMENT_SIZE, name);
}

/** Undefined where it is too large to be exact. */
function byteLength(shape: readonly number[], elementSize: number): number | undefined {
  let bytes = elementSize;
  for (const dimension of shape) {
    bytes *= dimension;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return bytes;
}

function invalid(file: ByteSource, problem: string, options?: ErrorOptions): SpikesegError {
  return new SpikesegError('weights-invalid', `${file.name}: ${problem}`, options);
}
