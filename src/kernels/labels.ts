import source from '../../shaders/labels.wgsl?raw';
import type { Rows } from '../model/bands.ts';
import { padded, type MapShape, type Size } from '../model/shapes.ts';
import { flatGrid } from './grid.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface LabelsOptions {
  /** Of the score map; the channels are the classes, at most 65536. */
  readonly scores: MapShape;
  /** The upper left part of it that shows the picture. */
  readonly content: Size;
  /** Of the picture. */
  readonly picture: Size;
  /** The rows of the score map that the buffer holds. */
  readonly band: Rows;
  /** The rows of the picture that are labelled; their neighbours lie in the band. */
  readonly rows: Rows;
}

/** Both are borrowed. */
export interface LabelsBuffers {
  /** f32[band.count][width][⌈classes/4⌉·4], 0 or more, and 0 beyond the last class. */
  readonly scores: GPUBuffer;
  /** Packed labels of the whole picture, of {@link labelBytes}. */
  readonly labels: GPUBuffer;
}

/** One byte a label, or two above 255 classes. */
export type LabelArray = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/**
 * Labels rows of a picture: the scores resized to it bilinearly, and the best class of each pixel.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/labels.wgsl, and src/reference/labels.ts for the same on the CPU
 */
export async function createLabels(
  host: KernelHost,
  { scores, content, picture, band, rows }: LabelsOptions,
): Promise<(buffers: LabelsBuffers) => Dispatch> {
  const { width, channels: classes } = scores;
  const constants = { BYTES: bytesPerLabel(classes) };
  const pipeline = await host.pipeline({
    name: 'labels',
    source,
    constants: { LANES: host.lanes, ...constants },
  });
  const shape = host.uniform(
    'labels',
    packUniform({
      width,
      class_quads: padded(classes) / 4,
      content_height: content.height,
      content_width: content.width,
      band_row: band.first,
      source_width: picture.width,
      first_row: rows.first,
      rows: rows.count,
      step_y: { f32: content.height / picture.height },
      step_x: { f32: content.width / picture.width },
    }),
  );
  const grid = flatGrid(host, rows.count * Math.ceil(picture.width / 4));
  return (buffers) => {
    expectCapacity('labels: scores', buffers.scores, 4 * band.count * width * padded(classes));
    expectCapacity('labels: labels', buffers.labels, labelBytes(picture, classes));
    return bindDispatch(host, pipeline, [shape, buffers.scores, buffers.labels], grid);
  };
}

/** Bytes of a packed label map: whole words in every row, filled up with anything. */
export function labelBytes({ height, width }: Size, classes: number): number {
  return height * rowBytes(width, classes);
}

/** The labels of a packed map without the padding of its rows; a new array. */
export function unpackLabels(packed: ArrayBuffer, { height, width }: Size, classes: number) {
  const padded = bytesPerLabel(classes) === 1 ? new Uint8Array(packed) : new Uint16Array(packed);
  const pitch = rowBytes(width, classes) / padded.BYTES_PER_ELEMENT;
  if (pitch === width) return padded.slice(0, height * width);
  const labels: LabelArray =
    padded instanceof Uint8Array ? new Uint8Array(height * width) : new Uint16Array(height * width);
  for (let y = 0; y < height; y++) {
    labels.set(padded.subarray(y * pitch, y * pitch + width), y * width);
  }
  return labels;
}

function bytesPerLabel(classes: number): 1 | 2 {
  return classes > 255 ? 2 : 1;
}

function rowBytes(width: number, classes: number): number {
  return Math.ceil((width * bytesPerLabel(classes)) / 4) * 4;
}
