import { STORAGE, UNIFORM, type BufferPool } from '../gpu/buffers.ts';
import type { Dispatch, KernelHost } from '../kernels/kernel.ts';
import { createLabels, labelBytes, unpackLabels, type LabelArray } from '../kernels/labels.ts';
import { createSemantic, createSemanticLabels, labelsAtOnce } from '../kernels/semantic.ts';
import type { Fit } from '../model/fit.ts';
import { readoutBands, type Band } from '../model/readout-bands.ts';
import { WINDOW_BYTES, padded, type Size } from '../model/shapes.ts';
import type { Program } from './program.ts';
import { Staging, withoutPadding } from './readback.ts';

/** A labelled picture. The caller owns the arrays. */
export interface Labelling extends Size {
  /** Class of every pixel, row-major. */
  readonly labels: LabelArray;
  readonly scores?: ScoreMap;
}

/** Scores at the size of the network's input, padding excluded: f32 [height][width][classes]. */
export interface ScoreMap extends Size {
  readonly data: Float32Array<ArrayBuffer>;
}

interface BandCommands {
  readonly band: Band;
  readonly semantic: Dispatch;
  readonly labels: Dispatch;
}

/** The probabilities of a block of classes, copied to where they are read as uniform memory. */
interface Window {
  readonly from: GPUBuffer;
  readonly at: number;
  readonly bytes: number;
  readonly to: GPUBuffer;
}

/** Scores of one band fit this many bytes: few enough to stay in a cache until they are read. */
const BAND_BYTES = 8 * 2 ** 20;

/**
 * Makes the label map of the picture from a program's mask logits and class probabilities, band by
 * band where the scores of all classes would be too large. The pool owns its buffers.
 */
export class Readout {
  readonly #pool: BufferPool;
  readonly #picture: Size;
  readonly #fit: Fit;
  readonly #classes: number;
  readonly #windows: readonly Window[];
  readonly #bands: readonly BandCommands[];
  /** Labels a picture of the network's size without a score map. */
  readonly #atOnce: Dispatch | undefined;
  readonly #scores: GPUBuffer;
  readonly #labels: GPUBuffer;
  readonly #staging: Staging;
  /** The score map, for callers that ask for it. */
  #scoreStaging: Staging | undefined;

  private constructor(
    pool: BufferPool,
    picture: Size,
    fit: Fit,
    classes: number,
    windows: readonly Window[],
    bands: readonly BandCommands[],
    atOnce: Dispatch | undefined,
    scores: GPUBuffer,
    labels: GPUBuffer,
  ) {
    this.#pool = pool;
    this.#picture = picture;
    this.#fit = fit;
    this.#classes = classes;
    this.#windows = windows;
    this.#bands = bands;
    this.#atOnce = atOnce;
    this.#scores = scores;
    this.#labels = labels;
    this.#staging = new Staging(pool, 'labels', labels.size);
  }

  /** @throws SpikesegError `shader-compile`, `out-of-memory` */
  static async create(
    host: KernelHost,
    pool: BufferPool,
    program: Program,
    picture: Size,
    fit: Fit,
  ): Promise<Readout> {
    const { content, input } = fit;
    const { graph } = program;
    const classes = graph.classLogits.shape.channels - 1;
    const windows = probabilityWindows(pool, program);
    const probabilities = windows.map(({ to }) => to);
    const rowBytes = 4 * input.width * padded(classes);
    const most = Math.floor(BAND_BYTES / rowBytes);
    const bands = readoutBands(picture.height, content.height, most);
    const tallest = Math.max(...bands.map(({ scores }) => scores.count));
    const scores = pool.create('scores', tallest * rowBytes, STORAGE);
    const labels = pool.create('labels', labelBytes(picture, classes), STORAGE);
    const commands = bands.map(async (band) => {
      const semantic = await createSemantic(host, {
        masks: graph.maskLogits.shape,
        classes,
        size: input,
        rows: band.scores,
      });
      const label = await createLabels(host, {
        scores: { ...input, channels: classes },
        content,
        picture,
        band: band.scores,
        rows: band.picture,
      });
      return {
        band,
        semantic: semantic({
          masks: program.buffer(graph.maskLogits),
          probabilities,
          scores,
        }),
        labels: label({ scores, labels }),
      };
    });
    const { height, width } = picture;
    const sizes = [content, input].every((size) => size.height === height && size.width === width);
    const direct =
      sizes && labelsAtOnce(classes)
        ? await createSemanticLabels(host, { masks: graph.maskLogits.shape, classes, size: input })
        : undefined;
    return new Readout(
      pool,
      { height, width },
      fit,
      classes,
      windows,
      await Promise.all(commands),
      direct?.({ masks: program.buffer(graph.maskLogits), probabilities, labels }),
      scores,
      labels,
    );
  }

  /** Records the way from the logits to memory that {@link read} reads. */
  record(encoder: GPUCommandEncoder, withScores: boolean): void {
    for (const { from, at, bytes, to } of this.#windows) {
      encoder.copyBufferToBuffer(from, at, to, 0, bytes);
    }
    if (this.#atOnce && !withScores) {
      const pass = encoder.beginComputePass({ label: 'readout' });
      this.#atOnce(pass);
      pass.end();
    } else {
      this.#recordBands(encoder, withScores);
    }
    this.#staging.copy(encoder, this.#labels, this.#labels.size);
  }

  /** Waits for what {@link record} recorded, once that is submitted. */
  async read(withScores: boolean): Promise<Labelling> {
    const packed = await this.#staging.read();
    const labels = unpackLabels(packed, this.#picture, this.#classes);
    const result = { ...this.#picture, labels };
    return withScores ? { ...result, scores: await this.#readScores() } : result;
  }

  #recordBands(encoder: GPUCommandEncoder, withScores: boolean): void {
    for (const { band, semantic, labels } of this.#bands) {
      const pass = encoder.beginComputePass({ label: 'readout' });
      semantic(pass);
      labels(pass);
      pass.end();
      if (withScores) this.#copyScores(encoder, band);
    }
  }

  #copyScores(encoder: GPUCommandEncoder, { scores: { first, count } }: Band): void {
    const { height, width } = this.#fit.input;
    const rowBytes = 4 * width * padded(this.#classes);
    this.#scoreStaging ??= new Staging(this.#pool, 'score map', height * rowBytes);
    this.#scoreStaging.copy(encoder, this.#scores, count * rowBytes, first * rowBytes);
  }

  async #readScores(): Promise<ScoreMap> {
    const { content, input } = this.#fit;
    const classes = this.#classes;
    const read = new Float32Array((await this.#scoreStaging?.read()) ?? new ArrayBuffer(0));
    const whole = withoutPadding(read, padded(classes), classes);
    const data = new Float32Array(content.height * content.width * classes);
    const row = content.width * classes;
    for (let y = 0; y < content.height; y++) {
      const start = y * input.width * classes;
      data.set(whole.subarray(start, start + row), y * row);
    }
    return { ...content, data };
  }
}

function probabilityWindows(pool: BufferPool, program: Program): Window[] {
  const { probabilities } = program.graph;
  const { height, width, channels } = probabilities.shape;
  const from = program.buffer(probabilities);
  const bytes = 4 * width * channels;
  return Array.from({ length: height }, (_, block) => {
    const to = pool.create('class probabilities', WINDOW_BYTES, UNIFORM);
    return { from, at: block * bytes, bytes, to };
  });
}
