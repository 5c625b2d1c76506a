import source from '../../shaders/resample.wgsl?raw';
import type { Preprocessing } from '../model/manifest.ts';
import { ANTIALIAS_BITS } from '../model/resample-table.ts';
import type { Size } from '../model/shapes.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface ResampleOptions extends Pick<Preprocessing, 'antialias' | 'mean' | 'std'> {
  /** Of the picture, which fills the upper left of its texture. */
  readonly source: Size;
  /** What the picture is resized to. */
  readonly content: Size;
  /** What the network sees: the content, padded on the right and below. */
  readonly input: Size;
  /** Of the two tables. */
  readonly taps: { readonly x: number; readonly y: number };
  /** Write the resized picture. @defaultValue false */
  readonly store?: boolean | undefined;
}

/** A `ResampleTable` on the GPU. */
export interface ResampleTableBuffers {
  readonly starts: GPUBuffer;
  readonly coefficients: GPUBuffer;
}

/** All borrowed. */
export interface ResampleBuffers {
  /** Any format with 8 bits a channel that reads as 0..1, e.g. `rgba8unorm`. */
  readonly source: GPUTextureView;
  /** Table from source.width to content.width, and from height to height. */
  readonly x: ResampleTableBuffers;
  readonly y: ResampleTableBuffers;
  /** Between the passes; of {@link resampleRowsBytes}. */
  readonly rows: GPUBuffer;
  /** f32[input.height][input.width][3], normalised RGB; 0 in the padding. */
  readonly input: GPUBuffer;
  /** u32[content.height][content.width], RGBA words; needed to store. */
  readonly picture?: GPUBuffer | undefined;
}

/** Bytes of what lies between the passes: the source's rows, as wide as the content. */
export function resampleRowsBytes(source: Size, content: Size): number {
  return 8 * source.height * content.width;
}

/**
 * Resizes a picture and normalises it, in two passes of one dispatch. The 8-bit picture between is,
 * bit for bit, that of Pillow's BILINEAR with `antialias` and of OpenCV's INTER_LINEAR without. The
 * rows are resized first; Pillow 13 begins with the columns where the height loses more than twice as
 * many pixels as the width, which moves some values by 1.
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/resample.wgsl, and src/reference/resample.ts for the same on the CPU
 */
export async function createResample(
  host: KernelHost,
  options: ResampleOptions,
): Promise<(buffers: ResampleBuffers) => Dispatch> {
  const { source: from, content, input, taps, store = false } = options;
  const pipeline = (vertical: boolean) =>
    host.pipeline({ name: 'resample', source, constants: { VERTICAL: Number(vertical) } });
  const shape = (written: Size, resampled: Size, inputs: number, axisTaps: number, r: Rounding) =>
    host.uniform(
      'resample',
      packUniform({
        height: written.height,
        width: written.width,
        content_height: resampled.height,
        content_width: resampled.width,
        last: inputs - 1,
        taps: axisTaps,
        tap_shift: r.tapShift,
        half: r.half,
        shift: r.shift,
        store,
      }),
    );
  const [horizontal, vertical] = await Promise.all([pipeline(false), pipeline(true)]);
  const rounding = options.antialias ? PILLOW : OPENCV;
  const between = { height: from.height, width: content.width };
  const across = shape(between, between, from.width, taps.x, rounding.horizontal);
  const down = shape(input, content, from.height, taps.y, rounding.vertical);
  const normalised = host.uniform('resample', { data: normalisation(options) });

  return ({ source: texture, x, y, rows, input: normal, picture = host.absent.write }) => {
    expectTable('x', x, content.width, taps.x);
    expectTable('y', y, content.height, taps.y);
    expectCapacity('resample: rows', rows, resampleRowsBytes(from, content));
    expectCapacity('resample: input', normal, 12 * input.height * input.width);
    expectCapacity('resample: picture', picture, store ? 4 * content.height * content.width : 0);
    const { write, write2 } = host.absent;
    const first = bindDispatch(
      host,
      horizontal,
      [across, normalised, texture, x.starts, x.coefficients, rows, write, write2],
      grid(between),
    );
    const second = bindDispatch(
      host,
      vertical,
      [down, normalised, texture, y.starts, y.coefficients, rows, normal, picture],
      grid(input),
    );
    return (pass) => {
      first(pass);
      second(pass);
    };
  };
}

/** Of a weighted sum: each tap is shifted right, half is added, the sum is shifted right. */
interface Rounding {
  readonly tapShift: number;
  readonly half: number;
  readonly shift: number;
}

const TO_BYTE = { tapShift: 0, half: 2 ** (ANTIALIAS_BITS - 1), shift: ANTIALIAS_BITS };
const PILLOW = { horizontal: TO_BYTE, vertical: TO_BYTE };
// Of the 2 · 11 fractional bits of two passes, 4 are cut between them, 16 of each tap, 2 rounded.
const OPENCV = {
  horizontal: { tapShift: 0, half: 0, shift: 4 },
  vertical: { tapShift: 16, half: 2, shift: 2 },
};

/** f32[256][4]: what each value of each channel becomes; f32 steps, each correctly rounded. */
function normalisation({ mean, std }: Pick<Preprocessing, 'mean' | 'std'>): ArrayBuffer {
  const table = new Float32Array(4 * 256);
  for (let value = 0; value < 256; value++)
    mean.forEach((m, c) => {
      table[4 * value + c] = Math.fround(value - Math.fround(m)) / Math.fround(std[c] ?? NaN);
    });
  return table.buffer;
}

function expectTable(
  axis: 'x' | 'y',
  { starts, coefficients }: ResampleTableBuffers,
  outputs: number,
  taps: number,
): void {
  expectCapacity(`resample: starts of ${axis}`, starts, 4 * outputs);
  expectCapacity(`resample: coefficients of ${axis}`, coefficients, 4 * outputs * taps);
}

const SIDE = 8; // of a workgroup, in pixels

function grid({ height, width }: Size): [number, number] {
  return [Math.ceil(width / SIDE), Math.ceil(height / SIDE)];
}
