import { SpikesegError } from '../errors.ts';
import { BufferPool } from '../gpu/buffers.ts';
import { createKernelHost } from '../kernels/host.ts';
import type { Golden } from '../model/golden.ts';
import { tensorBytes, type SegmentationGraph } from '../model/graph.ts';
import type { Size } from '../model/shapes.ts';
import type { Program } from './program.ts';
import { Staging, withoutPadding } from './readback.ts';
import { Readout } from './readout.ts';

/** What a network makes of a picture, at the size of its input. */
export interface Outputs {
  readonly size: Size;
  /** f32 [Q][K+1]. */
  readonly classLogits: Float32Array;
  /** f32 [h][w][Q]. */
  readonly maskLogits: Float32Array;
  /** f32 [H][W][K]. */
  readonly scores: Float32Array;
  /** [H][W]. */
  readonly labels: Uint8Array | Uint16Array;
}

/** How one of the outputs compares with its golden. */
export interface OutputComparison {
  readonly name: 'class logits' | 'mask logits' | 'scores';
  readonly values: number;
  /** Largest absolute error. */
  readonly max: number;
  /** For a run without flips. */
  readonly allowed: number;
}

/** How the label map compares with its golden. */
export interface LabelComparison {
  readonly pixels: number;
  readonly different: number;
  /** Of these, pixels where the two labels have almost the same score. */
  readonly excused: number;
}

/** Largest errors where no spike differs: the order of f32 sums, and `exp`. */
const ALLOWED = { 'class logits': 2e-5, 'mask logits': 5e-5, scores: 1e-4 } as const;
/** Scores nearer than this to each other may come in either order. */
const SAME_SCORE = 1e-4;

/** Reads what the last run of a program left behind, and has its label map made. */
export async function readOutputs(device: GPUDevice, program: Program): Promise<Outputs> {
  const { input, classLogits, maskLogits } = program.graph;
  const { height, width } = input.shape;
  const size = { height, width };
  const pool = new BufferPool(device);
  try {
    const host = createKernelHost(device, pool);
    const readout = await Readout.create(host, pool, program, size, { content: size, input: size });
    const logits = [classLogits, maskLogits].map((tensor) => ({
      tensor,
      staging: new Staging(pool, tensor.label, tensorBytes(tensor)),
    }));
    const encoder = device.createCommandEncoder();
    for (const { tensor, staging } of logits) {
      staging.copy(encoder, program.buffer(tensor), tensorBytes(tensor));
    }
    readout.record(encoder, true);
    device.queue.submit([encoder.finish()]);

    const { labels, scores } = await readout.read(true);
    const [classes, masks] = await Promise.all(logits.map(({ staging }) => staging.read()));
    if (!classes || !masks || !scores) {
      throw new SpikesegError('internal', 'the readout gave no scores');
    }
    const { channels } = maskLogits.shape;
    return {
      size,
      classLogits: new Float32Array(classes),
      maskLogits: withoutPadding(new Float32Array(masks), channels, classLogits.shape.width),
      scores: scores.data,
      labels,
    };
  } finally {
    pool.destroyAll();
  }
}

/** Compares the outputs that a golden stores; of several stages of the decoder, the last. */
export async function compareOutputs(
  { tensors }: Golden,
  graph: SegmentationGraph,
  { classLogits, maskLogits, scores }: Outputs,
): Promise<OutputComparison[]> {
  const compared: OutputComparison[] = [];
  const compare = async (
    name: OutputComparison['name'],
    got: Float32Array,
    channels: number,
    stored: readonly string[],
  ) => {
    const key = stored.find((tensor) => tensors.tensors.has(tensor));
    if (key === undefined) return;
    const expected = (await tensors.read(key)).subarray(-got.length);
    const max = largestError(got, expected, channels);
    compared.push({ name, values: got.length, max, allowed: ALLOWED[name] });
  };
  const { width: queries, channels: columns } = graph.classLogits.shape;
  // Class logits are stored as they are: the queries and classes are one axis of channels.
  await compare('class logits', classLogits, classLogits.length, ['all_cls_scores']);
  await compare('mask logits', maskLogits, queries, ['mask_logits_last', 'all_mask_preds']);
  await compare('scores', scores, columns - 1, ['seg_logits']);
  return compared;
}

/** Compares the label map, where the golden stores one. */
export async function compareLabels(
  { tensors }: Golden,
  { labels, scores }: Outputs,
): Promise<LabelComparison | undefined> {
  if (!tensors.tensors.has('seg_pred')) return undefined;
  const expected = await tensors.read('seg_pred');
  const classes = scores.length / labels.length;
  const score = (pixel: number, label: number) => scores[pixel * classes + label] ?? NaN;
  let [different, excused] = [0, 0];
  labels.forEach((label, pixel) => {
    const want = expected[pixel] ?? NaN;
    if (label === want) return;
    different++;
    if (score(pixel, label) - score(pixel, want) < SAME_SCORE) excused++;
  });
  return { pixels: labels.length, different, excused };
}

/** `got` is channels last, `expected` channels first. */
function largestError(got: Float32Array, expected: Float32Array, channels: number): number {
  const pixels = got.length / channels;
  let max = expected.length === got.length ? 0 : NaN;
  for (let pixel = 0; pixel < pixels; pixel++)
    for (let c = 0; c < channels; c++) {
      const error = (got[pixel * channels + c] ?? NaN) - (expected[c * pixels + pixel] ?? NaN);
      max = Math.max(max, Math.abs(error));
    }
  return max;
}
