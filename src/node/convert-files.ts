import { createHash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SpikesegError, throwIfAborted } from '../errors.ts';
import { widenToF32 } from '../model/bytes.ts';
import { quoted } from '../model/describe.ts';
import { toHalfBits } from '../model/half.ts';
import { manifestJson } from '../model/manifest-json.ts';
import { layOutSafetensors } from '../model/safetensors-layout.ts';
import { expectedTensors } from '../model/state-dict.ts';
import type { TensorInfo } from '../model/tensors.ts';
import { Weights } from '../model/weights.ts';
import type { LoadedModel } from '../worker/loader.ts';
import { refuse, writeWhole } from './files.ts';
import { toJson } from './text.ts';

/** The weights file that was written. */
export interface WrittenModel {
  readonly bytes: number;
  readonly sha256: string;
  /** Numbers that it holds, and how many of them changed. */
  readonly values: number;
  readonly rounded: number;
}

interface WriteOptions {
  /** Weight matrices in half precision; batch norm and biases stay as they are. */
  readonly half: boolean;
  readonly signal: AbortSignal;
  readonly onTensor: (done: number, total: number) => void;
}

const WEIGHTS = 'model.safetensors';

/**
 * Writes a model's folder, one tensor after another. Nothing is left behind if it fails.
 * @throws SpikesegError `network` if it cannot be written, `weights-invalid` for a value that is not
 * finite or too large for half precision, `aborted`
 */
export async function writeModel(
  folder: string,
  { manifest, weights: source }: LoadedModel,
  { half, signal, onTensor }: WriteOptions,
): Promise<WrittenModel> {
  const tensors = new Map<string, TensorInfo>();
  for (const [name, shape] of expectedTensors(manifest.config)) {
    tensors.set(name, { dtype: half && shape.length > 1 ? 'F16' : 'F32', shape });
  }
  const { head, order, bytes } = layOutSafetensors(tensors);
  const weights = new Weights(source, manifest.config);
  const path = join(folder, WEIGHTS);
  await mkdir(folder, { recursive: true }).catch(refuse(folder, 'written'));
  const file = await open(path, 'wx').catch(refuse(path, 'written'));
  try {
    const hash = createHash('sha256');
    const append = async (data: Uint8Array) => {
      hash.update(data);
      await file.writeFile(data).catch(refuse(path, 'written'));
    };
    await append(head);
    let [values, rounded] = [0, 0];
    for (const [i, name] of order.entries()) {
      throwIfAborted(signal);
      const read = await weights.read(name);
      const narrow = tensors.get(name)?.dtype === 'F16' ? toHalf(name, read) : undefined;
      const { buffer, byteOffset, byteLength } = narrow?.bits ?? read;
      await append(new Uint8Array(buffer, byteOffset, byteLength));
      values += read.length;
      rounded += narrow?.rounded ?? 0;
      onTensor(i + 1, order.length);
    }
    const sha256 = hash.digest('hex');
    const dtype = half ? 'f16' : 'f32';
    const { parameters } = manifest.weights;
    const json = manifestJson({
      ...manifest,
      weights: { file: WEIGHTS, dtype, sha256, bytes, parameters },
    });
    // Last, so that a folder with a manifest is whole.
    await writeWhole(join(folder, 'manifest.json'), new TextEncoder().encode(toJson(json)));
    return { bytes, sha256, values, rounded };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function toHalf(name: string, values: Float32Array) {
  const bits = Uint16Array.from(values, toHalfBits);
  const back = widenToF32('F16', new Uint8Array(bits.buffer.slice(0)));
  const overflow = back.findIndex((value) => !Number.isFinite(value));
  if (overflow >= 0) {
    throw new SpikesegError(
      'weights-invalid',
      `tensor ${quoted(name)} has ${values[overflow] ?? NaN} at flat index ${overflow}, beyond the ` +
        '65504 of half precision: convert it without --f16',
    );
  }
  return { bits, rounded: back.reduce((n, value, i) => n + Number(value !== values[i]), 0) };
}
