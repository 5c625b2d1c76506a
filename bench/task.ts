import { existsSync } from 'node:fs';
import type { Golden } from '../src/model/golden.ts';
import type { ReadWeights } from '../src/model/graph.ts';
import { openGolden } from '../tests/support/open-golden.ts';
import { shared } from '../tests/support/shared.ts';

/** One network on one picture, for every runtime the same. */
export interface Task {
  readonly golden: Golden;
  readonly read: ReadWeights;
  /** The normalised picture, f32 [3][H][W]. */
  readonly input: Float32Array<ArrayBuffer>;
  /** What the original network makes of it, [H][W]. */
  readonly labels: ArrayLike<number>;
  /** The same network for other runtimes; undefined if the file is missing. */
  readonly onnx: string | undefined;
}

/** A network made ready. */
export interface Runner {
  /** Takes the picture from CPU memory through the network, to the result in CPU memory. */
  run(): Promise<void>;
  /** Waits for what it prepares beside its first runs, so that later ones are faster. */
  settle?(): Promise<void>;
  /** Labels of the last run, [H][W]. */
  labels(): ArrayLike<number>;
}

export async function openTask(): Promise<Task> {
  const { golden, read } = await openGolden('bench256');
  const onnx = shared('bench', 'bench256.onnx');
  return {
    golden,
    read,
    input: await golden.tensors.read('input'),
    labels: await golden.tensors.read('seg_pred'),
    onnx: existsSync(onnx) ? onnx : undefined,
  };
}
