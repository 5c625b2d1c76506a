import {
  firingRatesCsv,
  hashPixels,
  statisticsCsv,
  statisticsJson,
  type Provenance,
} from '../../src/index.ts';
import { context2d, element } from '../dom.ts';
import { pictureName } from '../picture.ts';
import { download } from '../save.ts';
import type { FiringResult } from './view.ts';

/** What ran, as far as numbers depend on it. */
export type Origin = Pick<Provenance, 'model' | 'adapter'>;

/** The buttons that save the numbers of a photo as files. */
export class Exports {
  readonly #origin: () => Promise<Origin | undefined>;
  readonly #onError: (error: unknown) => void;
  readonly #buttons: readonly HTMLButtonElement[];
  #result: FiringResult | undefined;

  /** @param origin - gives undefined if no model is loaded any more */
  constructor(origin: () => Promise<Origin | undefined>, onError: (error: unknown) => void) {
    this.#origin = origin;
    this.#onError = onError;
    this.#buttons = [
      this.#button('json', (result) => this.#json(result)),
      this.#button('csv', ({ statistics, fileName }) =>
        download(csv(statisticsCsv(statistics)), `${pictureName(fileName)}-firing.csv`),
      ),
      this.#button('fr-rate', ({ statistics }) =>
        download(csv(firingRatesCsv(statistics)), 'fr_rate.csv'),
      ),
    ];
  }

  setResult(result: FiringResult | undefined): void {
    this.#result = result;
    for (const button of this.#buttons) button.disabled = result === undefined;
  }

  #button(
    format: string,
    write: (result: FiringResult) => Promise<void> | void,
  ): HTMLButtonElement {
    const button = element(`firing-${format}`, HTMLButtonElement);
    button.addEventListener('click', () => {
      const result = this.#result;
      if (result) Promise.resolve(write(result)).catch(this.#onError);
    });
    return button;
  }

  async #json({ statistics, photo, fileName }: FiringResult): Promise<void> {
    const { width, height } = photo;
    // Taken now: the canvas may show the next photo when the origin is known.
    const { data } = context2d(photo).getImageData(0, 0, width, height);
    const origin = await this.#origin();
    if (origin === undefined) return;
    const images = [{ sha256: await hashPixels(data), width, height, name: fileName }];
    const json = statisticsJson(statistics, { ...origin, images });
    download(
      new Blob([json], { type: 'application/json' }),
      `${pictureName(fileName)}-firing.json`,
    );
  }
}

function csv(text: string): Blob {
  return new Blob([text], { type: 'text/csv' });
}
