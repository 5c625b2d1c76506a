import { basename } from 'node:path';
import { fit } from '../model/fit.ts';
import type { Size } from '../model/shapes.ts';
import type { Progress } from '../worker/api.ts';
import { Segmenter } from '../worker/segmenter.ts';
import { openDawn } from './dawn.ts';
import { readWhole, writeWhole } from './files.ts';
import { ImageFiles } from './images.ts';
import type { Job } from './jobs.ts';
import { encodeLabels } from './label-png.ts';
import type { ModelFolder } from './models.ts';
import type { SegmentResult } from './segment-result.ts';

interface LoadOptions {
  /** Of the network; the model's own by default. */
  readonly size: Size | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** A loaded model that takes picture files to files of results. */
export class PictureSegmenter {
  readonly #model: ModelFolder;
  readonly #segmenter: Segmenter;
  readonly #images: ImageFiles;
  readonly #options: LoadOptions;

  private constructor(
    model: ModelFolder,
    segmenter: Segmenter,
    images: ImageFiles,
    options: LoadOptions,
  ) {
    this.#model = model;
    this.#segmenter = segmenter;
    this.#images = images;
    this.#options = options;
  }

  /** @throws SpikesegError, as `Segmenter.create`; `network` if a package or a file is missing */
  static async load(model: ModelFolder, options: LoadOptions): Promise<PictureSegmenter> {
    const images = await ImageFiles.open();
    const file = async (path: string) => new File([await readWhole(path)], basename(path));
    const segmenter = await Segmenter.create({
      model: { manifest: await file(model.manifestPath), weights: await file(model.weightsPath) },
      worker: false,
      gpu: await openDawn(),
      signal: options.signal,
      onProgress: options.onProgress,
    });
    return new PictureSegmenter(model, segmenter, images, options);
  }

  /**
   * Labels one picture and writes what the job asks for.
   * @throws SpikesegError, as `Segmenter.segment`; `network` if something cannot be written
   */
  async run({ picture, mask, overlay }: Job): Promise<SegmentResult> {
    const { size, signal } = this.#options;
    const { preprocessing, classes } = this.#model.manifest;
    const colors = classes.map(({ color }) => color);
    const started = performance.now();
    const pixels = await this.#images.read(picture);
    const decode = performance.now() - started;
    const result = await this.#segmenter.segment(pixels, { signal, ...(size ? { size } : {}) });
    if (mask !== undefined) await writeWhole(mask, encodeLabels(result, colors));
    if (overlay !== undefined) await this.#images.writeOverlay(overlay, pixels, result, colors);

    const { name, sha256 } = this.#segmenter.model;
    const { adapter, timings } = await this.#segmenter.stats();
    const { input } = fit(preprocessing, pixels, size);
    return {
      model: { name, sha256 },
      image: { path: picture, width: result.width, height: result.height },
      adapter,
      network: { width: input.width, height: input.height },
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

  async dispose(): Promise<void> {
    await this.#segmenter.dispose();
  }
}
