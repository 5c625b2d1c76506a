import type { ModelInfo, SegmenterStats, SegmentTimings } from '../src/index.ts';
import { element, make } from './dom.ts';
import { duration, megabytes } from './format.ts';

/** The table of what the engine measured, and a button that measures once more. */
export class Numbers {
  readonly #list = element('stats', HTMLElement);
  readonly #again = element('again', HTMLButtonElement);
  #model: ModelInfo | undefined;
  #first: SegmentTimings | undefined;

  constructor(onAgain: () => void) {
    this.#again.addEventListener('click', onAgain);
  }

  /** Starts over with another model. */
  setModel(model: ModelInfo): void {
    this.#model = model;
    this.#first = undefined;
  }

  /** @param stats - undefined if the model was replaced meanwhile, which changes nothing here */
  show(stats: SegmenterStats | undefined, latest: SegmentTimings): void {
    if (this.#model === undefined || stats === undefined) return;
    const warm = this.#first === undefined ? 'run again to see' : inParts(latest);
    this.#first ??= latest;
    const { timings, plan } = stats;
    const { width, height } = this.#model.inputSize;
    const rows: readonly (readonly [string, string])[] = [
      ['GPU', stats.adapter],
      ['First photo', inParts(this.#first)],
      ['Warm photo', warm],
      ['Download', duration(timings.download)],
      ['Upload', duration(timings.upload)],
      ['Compile', duration(timings.compile)],
      ['Warm-up', duration(timings.warmUp)],
      ['The network sees', `${width} × ${height} pixels`],
      ['Dispatches a photo', String(stats.dispatches)],
      ['Fast kernels', fastKernels(stats)],
      ['GPU memory', `${megabytes(stats.gpuBytes)} in ${stats.gpuBuffers} buffers`],
      ['Weights, activations', `${megabytes(plan.weights)}, ${megabytes(plan.activations)}`],
    ];
    this.#list.replaceChildren(
      ...rows.map(([term, value]) => make('div', {}, make('dt', {}, term), make('dd', {}, value))),
    );
    this.#again.disabled = false;
  }
}

function fastKernels({ plain, dispatches }: SegmenterStats): string {
  return plain === 0 ? 'all' : `${dispatches - plain} of ${dispatches} when this photo was done`;
}

function inParts({ decode, run, total }: SegmentTimings): string {
  return `${duration(total)} (decode ${duration(decode)}, run ${duration(run)})`;
}
