import type { ModelInfo, ModelSource } from '../src/index.ts';
import { element } from './dom.ts';
import { megabytes, millions } from './format.ts';
import models from './models.json';

/** The list of bundled models, and a button that opens a model from the visitor's disk. */
export class ModelPicker {
  readonly #select = element('model', HTMLSelectElement);
  readonly #facts = element('model-facts', HTMLElement);
  readonly #note = element('model-note', HTMLElement);
  readonly #onPick: (model: ModelSource) => void;
  readonly #onWrongFiles: (message: string) => void;

  constructor(onPick: (model: ModelSource) => void, onWrongFiles: (message: string) => void) {
    this.#onPick = onPick;
    this.#onWrongFiles = onWrongFiles;
    this.#select.append(...models.map(({ folder, title }) => new Option(title, folder)));
    this.#showNote();
    this.#select.addEventListener('change', () => {
      this.#showNote();
      onPick(this.selected);
    });
    const files = element('model-files', HTMLInputElement);
    element('open-model', HTMLButtonElement).addEventListener('click', () => files.click());
    files.addEventListener('change', () => {
      this.#open([...(files.files ?? [])]);
      files.value = '';
    });
  }

  /** The address of the model that the list shows. */
  get selected(): URL {
    return new URL(this.#select.value, document.baseURI);
  }

  /** Says what was loaded. */
  describe({ parameters, bytes, levels, miou }: ModelInfo): void {
    const facts = [`${millions(parameters)} parameters`, megabytes(bytes), `D = ${levels}`];
    if (miou !== undefined) facts.push(`mean IoU ${miou.toFixed(2)} on its own validation photos`);
    this.#facts.textContent = `${facts.join(', ')}.`;
  }

  #showNote(): void {
    const chosen = models.find(({ folder }) => folder === this.#select.value);
    this.#facts.textContent = '';
    this.#note.textContent = chosen?.note ?? 'Opened from your disk.';
  }

  #open(files: readonly File[]): void {
    const manifest = files.find(({ name }) => name.endsWith('.json'));
    const weights = files.find(({ name }) => name.endsWith('.safetensors'));
    if (files.length !== 2 || manifest === undefined || weights === undefined) {
      this.#onWrongFiles(
        'A model is two files: choose its manifest.json and its .safetensors file together.',
      );
      return;
    }
    const option = new Option(weights.name, '', true, true);
    option.disabled = true;
    this.#select.querySelector('option:disabled')?.remove();
    this.#select.append(option);
    this.#showNote();
    this.#onPick({ manifest, weights });
  }
}
