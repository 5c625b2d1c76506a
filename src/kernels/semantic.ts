import source from '../../shaders/semantic.wgsl?raw';
import { SpikesegError } from '../errors.ts';
import type { Rows } from '../model/bands.ts';
import { classBlocks, mostQueries } from '../model/class-blocks.ts';
import { WINDOW_BYTES, padded, type MapShape, type Size } from '../model/shapes.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';
import { labelBytes } from './labels.ts';

export interface SemanticOptions {
  /** Of the mask logits; the channels are the queries, some 680 at most. */
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
  /** f32[h][w][⌈Q/4⌉·4], logits; those beyond the last query count for nothing. */
  readonly masks: GPUBuffer;
  /**
   * For each of the {@link classBlocks} a uniform window, of WINDOW_BYTES: f32[⌈Q/4⌉·4][width], 0..1,
   * and 0 beyond the last query or class.
   */
  readonly probabilities: readonly GPUBuffer[];
  /** f32[rows.count][width][⌈classes/4⌉·4]; sums over queries, may exceed 1; 0 beyond the classes. */
  readonly scores: GPUBuffer;
}

/** Where the labels go instead of scores. */
export interface SemanticLabelsBuffers extends Omit<SemanticBuffers, 'scores'> {
  /** Packed labels of the picture, a byte each. */
  readonly labels: GPUBuffer;
}

/** Whether labels can be made without scores: one block holds all classes. */
export function labelsAtOnce(classes: number): boolean {
  return classBlocks(classes).count === 1;
}

/**
 * Scores of the classes for a band of rows: the sum over the queries of class probability times
 * sigmoid of the resized mask.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/semantic.wgsl, and src/reference/semantic.ts for the same on the CPU
 */
export async function createSemantic(
  host: KernelHost,
  options: SemanticOptions,
): Promise<(buffers: SemanticBuffers) => Dispatch> {
  const { classes, size, rows } = options;
  const bind = await prepare(host, options, false);
  return ({ scores, ...inputs }) => {
    expectCapacity('semantic: scores', scores, 4 * rows.count * size.width * padded(classes));
    return bind(inputs, scores, host.absent.write2);
  };
}

/**
 * The best class of each pixel, by the same scores, for a picture as large as the map of scores; if
 * {@link labelsAtOnce}.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/semantic.wgsl, and src/reference/labels.ts for the same on the CPU
 */
export async function createSemanticLabels(
  host: KernelHost,
  options: Omit<SemanticOptions, 'rows'>,
): Promise<(buffers: SemanticLabelsBuffers) => Dispatch> {
  const { classes, size } = options;
  if (!labelsAtOnce(classes)) {
    throw new SpikesegError('internal', `semantic: ${classes} classes are not labelled at once`);
  }
  const bind = await prepare(host, { ...options, rows: { first: 0, count: size.height } }, true);
  return ({ labels, ...inputs }) => {
    expectCapacity('semantic: labels', labels, labelBytes(size, classes));
    return bind(inputs, host.absent.write, labels);
  };
}

type Bind = (
  inputs: Omit<SemanticBuffers, 'scores'>,
  scores: GPUBuffer,
  labels: GPUBuffer,
) => Dispatch;

async function prepare(
  host: KernelHost,
  { masks: { height, width, channels: queries }, classes, size, rows }: SemanticOptions,
  labelled: boolean,
): Promise<Bind> {
  const blocks = classBlocks(classes);
  const most = mostQueries(blocks);
  if (queries > most) {
    throw new SpikesegError(
      'shape-mismatch',
      `semantic: the probabilities of at most ${most} queries fit uniform memory, got ${queries}`,
    );
  }
  const quads = blocks.width / 4;
  const pipeline = await host.pipeline({
    name: 'semantic',
    source,
    constants: {
      LANES: host.lanes,
      QUADS: quads,
      SHARED: Number(host.shares),
      LABELS: Number(labelled),
    },
  });
  const shapes = Array.from({ length: blocks.count }, (_, block) =>
    host.uniform(
      'semantic',
      packUniform({
        in_height: height,
        in_width: width,
        query_quads: padded(queries) / 4,
        class_quads: padded(classes) / 4,
        out_height: size.height,
        out_width: size.width,
        first_row: rows.first,
        first_quad: block * quads,
      }),
    ),
  );
  const groups = [Math.ceil(size.width / (4 * host.lanes)), rows.count] as const;
  return ({ masks, probabilities }, scores, labels) => {
    expectCapacity('semantic: masks', masks, 4 * height * width * padded(queries));
    const dispatches = shapes.map((shape, block) => {
      const window = probabilities[block];
      if (!window) throw new SpikesegError('internal', `semantic: no window for block ${block}`);
      expectCapacity('semantic: probabilities', window, WINDOW_BYTES);
      return bindDispatch(host, pipeline, [shape, masks, window, scores, labels], groups);
    });
    return (pass) => {
      for (const dispatch of dispatches) dispatch(pass);
    };
  };
}
