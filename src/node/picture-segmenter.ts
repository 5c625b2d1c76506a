import { basename } from 'node:path';
import { SpikesegError } from '../errors.ts';
import { hashPixels, type Provenance } from '../model/export-statistics.ts';
import type { Size } from '../model/shapes.ts';
import type { FiringStatistics } from '../model/statistics.ts';
import type { ModelSource, Progress } from '../worker/api.ts';
import { Segmenter } from '../worker/segmenter.ts';
import { openDawn } from './dawn.ts';
import { writeWhole } from './files.ts';
import { ImageFiles } from './images.ts';
import type { Job } from './jobs.ts';
import { encodeLabels } from './label-png.ts';
import type { SegmentResult } from './segment-result.ts';

interface LoadOptions {
  /** Of the network; the model's own by default. */
  readonly size: Size | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** How the network fired on one picture, and on which. */
export interface PictureStatistics {
  readonly statistics: FiringStatistics;
  readonly provenance: Provenance;
}

/** A loaded model that takes picture files to files of results. */
export class PictureSegmenter {
  readonly #segmenter: Segmenter;
  readonly #images: ImageFiles;
  readonly #options: LoadOptions;

  private constructor(segmenter: Segmenter, images: ImageFiles, options: LoadOptions) {
    this.#segmenter = segmenter;
    this.#images = images;
    this.#options = options;
  }

  /** @throws SpikesegError, as `Segmenter.create`; `network` if a package or a file is missing */
  static async load(model: ModelSource, options: LoadOptions): Promise<PictureSegmenter> {
    const images = await ImageFiles.open();
    const segmenter = await Segmenter.create({
      model,
      worker: false,
      gpu: await openDawn(),
      signal: options.signal,
      onProgress: options.onProgress,
    });
    return new PictureSegmenter(segmenter, images, options);
  }

  /** What people should know of the model, a sentence each. */
  get notices(): readonly string[] {
    return this.#segmenter.model.notices;
  }

  /**
   * Labels one picture and writes what the job asks for.
   * @throws SpikesegError, as `Segmenter.segment`; `network` if something cannot be written
   */
  async run({ picture, mask, overlay }: Job): Promise<SegmentResult> {
    const { size, signal } = this.#options;
    const colors = this.#segmenter.model.classes.map(({ color }) => color);
    const started = performance.now();
    const pixels = await this.#images.read(picture);
    const decode = performance.now() - started;
    const result = await this.#segmenter.segment(pixels, { signal, ...(size ? { size } : {}) });
    if (mask !== undefined) await writeWhole(mask, encodeLabels(result, colors));
    if (overlay !== undefined) await this.#images.writeOverlay(overlay, pixels, result, colors);

    const { name, sha256 } = this.#segmenter.model;
    const { adapter, timings } = await this.#segmenter.stats();
    return {
      model: { name, sha256 },
      image: { path: picture, width: result.width, height: result.height },
      adapter,
      network: result.network,
      classes: result.classes.map((entry, index) => ({ index, ...entry })),
      timings: {
        load: timings.download + timings.upload,
        compile: timings.compile,
        warmUp: timings.warmUp,
        decode: decode + result.timings.decode,
        run: result.timings.run,
        total: performance.now() - started,
      },
    };
  }

  /**
   * Counts how the network fires on one picture.
   * @throws SpikesegError, as `Segmenter.segment`
   */
  async measure(picture: string): Promise<PictureStatistics> {
    const { size, signal } = this.#options;
    const pixels = await this.#images.read(picture);
    const { width, height, data } = pixels;
    const { statistics } = await this.#segmenter.segment(pixels, {
      signal,
      statistics: true,
      ...(size ? { size } : {}),
    });
    if (!statistics) throw new SpikesegError('internal', 'the engine gave no statistics');
    const { name, sha256 } = this.#segmenter.model;
    const { adapter } = await this.#segmenter.stats();
    const image = { sha256: await hashPixels(data), width, height, name: basename(picture) };
    return { statistics, provenance: { model: { name, sha256 }, images: [image], adapter } };
  }

  async dispose(): Promise<void> {
    await this.#segmenter.dispose();
  }
}
