import source from '../../shaders/semantic.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import type { Rows } from '../model/bands.ts';
import type { MapShape, Size } from '../model/shapes.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface SemanticOptions {
  /** Of the mask logits, not wider than `size`; the channels are the queries, at most 4096. */
  readonly masks: MapShape;
  /** Without "no object". */
  readonly classes: number;
  /** Of the whole map of scores: the network's input. */
  readonly size: Size;
  /** The rows of it that are computed. */
  readonly rows: Rows;
}

/** All are borrowed. */
export interface SemanticBuffers {
  /** f32[h][w][Q], logits. */
  readonly masks: GPUBuffer;
  /** f32[Q][classes], 0..1. */
  readonly probabilities: GPUBuffer;
  /** f32[rows.count][width][classes]; sums over queries, may exceed 1. */
  readonly scores: GPUBuffer;
}

/**
 * Scores of the classes for a band of rows: the sum over the queries of class probability times
 * sigmoid of the upsampled mask.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/semantic.wgsl, and src/reference/semantic.ts for the same on the CPU
 */
export async function createSemantic(
  host: KernelHost,
  { masks: { height, width, channels: queries }, classes, size, rows }: SemanticOptions,
): Promise<(buffers: SemanticBuffers) => Dispatch> {
  if (queries > CAPACITY) {
    throw new SpikesegError(
      'shape-mismatch',
      `semantic: at most ${CAPACITY} queries fit into workgroup memory, got ${queries}`,
    );
  }
  if (width > size.width) {
    throw new SpikesegError(
      'shape-mismatch',
      `semantic: masks are upsampled, but they are ${width} wide and the scores ${size.width}`,
    );
  }
  const [lanes, pixels] = share(host.lanes, queries);
  const pipeline = await host.pipeline({
    name: 'semantic',
    source,
    constants: { LANES: lanes, PIXELS: pixels },
  });
  const shape = host.uniform(
    'semantic',
    packUniform({
      in_height: height,
      in_width: width,
      queries,
      classes,
      out_height: size.height,
      out_width: size.width,
      first_row: rows.first,
    }),
  );
  return ({ masks, probabilities, scores }) => {
    expectCapacity('semantic: masks', masks, 4 * height * width * queries);
    expectCapacity('semantic: probabilities', probabilities, 4 * queries * classes);
    expectCapacity('semantic: scores', scores, 4 * rows.count * size.width * classes);
    const groups = [Math.ceil(size.width / (lanes * pixels)), rows.count] as const;
    return bindDispatch(host, pipeline, [shape, masks, probabilities, scores], groups);
  };
}

/** Sigmoids that fit into the workgroup memory there always is. */
const CAPACITY = 4096;

/** Invocations of a workgroup and pixels of each: first of all many lanes, then up to 4 pixels. */
function share(most: number, queries: number): [lanes: number, pixels: number] {
  let lanes = most;
  while (lanes * queries > CAPACITY) lanes /= 2;
  let pixels = 4;
  while (lanes * pixels * queries > CAPACITY) pixels /= 2;
  return [lanes, pixels];
}
