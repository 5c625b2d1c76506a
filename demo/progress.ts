import type { Progress } from '../src/index.ts';
import { element } from './dom.ts';
import { megabytes } from './format.ts';

/** Where each phase begins and how much of the bar it takes, which is about its part of the time. */
const PHASES = {
  download: { says: 'Fetching the weights', from: 0, width: 0.3 },
  verify: { says: 'Checking the weights', from: 0.3, width: 0.05 },
  upload: { says: 'Moving the weights to the GPU', from: 0.35, width: 0.05 },
  compile: { says: 'Compiling the shaders', from: 0.4, width: 0.45 },
  'warm-up': { says: 'Warming up', from: 0.85, width: 0.15 },
} as const satisfies Record<Progress['phase'], unknown>;

/** The bar over the photo while a model loads. */
export class LoadingBar {
  readonly #box = element('loading', HTMLElement);
  readonly #bar = element('loading-bar', HTMLProgressElement);
  readonly #text = element('loading-text', HTMLElement);
  readonly #cancel = element('loading-cancel', HTMLButtonElement);

  constructor(onCancel: () => void) {
    this.#cancel.addEventListener('click', onCancel);
  }

  /** @param cancellable - whether there is another model to go back to */
  show(cancellable: boolean): void {
    this.#cancel.hidden = !cancellable;
    this.#bar.value = 0;
    this.#text.textContent = 'Loading the model';
    this.#box.hidden = false;
  }

  update({ phase, loaded, total }: Progress): void {
    const { says, from, width } = PHASES[phase];
    this.#bar.value = from + (total > 0 ? (width * loaded) / total : 0);
    this.#text.textContent = `${says}${amount(phase, loaded, total)}`;
  }

  hide(): void {
    this.#box.hidden = true;
  }
}

function amount(phase: Progress['phase'], loaded: number, total: number): string {
  if (phase === 'download') return `, ${megabytes(loaded)} of ${megabytes(total)}`;
  if (phase === 'compile') return `, ${loaded} of ${total}`;
  return '';
}
