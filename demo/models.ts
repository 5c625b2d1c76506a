import type { ModelInfo, ModelSource } from '../src/index.ts';
import { isCheckpoint } from './checkpoint/dialog.ts';
import { element } from './dom.ts';
import { megabytes, millions } from './format.ts';
import models from './models.json';

export interface ModelEvents {
  readonly onPick: (model: ModelSource) => void;
  /** A single file was opened that may be a checkpoint. */
  readonly onCheckpoint: (file: File) => void;
  readonly onWrongFiles: (message: string) => void;
}

/** The list of bundled models, and a button that opens a model from the visitor's disk. */
export class ModelPicker {
  readonly #select = element('model', HTMLSelectElement);
  readonly #facts = element('model-facts', HTMLElement);
  readonly #note = element('model-note', HTMLElement);
  readonly #events: ModelEvents;

  constructor(events: ModelEvents) {
    this.#events = events;
    this.#select.append(...models.map(({ folder, title }) => new Option(title, folder)));
    this.#showNote();
    this.#select.addEventListener('change', () => {
      this.#showNote();
      events.onPick(this.selected);
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

  /** Lists a model from elsewhere as the chosen one; `note` says from where. */
  showOpened(name: string, note = 'Opened from your disk.'): void {
    const option = new Option(name, '', true, true);
    option.disabled = true;
    this.#select.querySelector('option:disabled')?.remove();
    this.#select.append(option);
    this.#showNote(note);
  }

  /** Goes back to the first of the bundled models. */
  pickFirst(): void {
    this.#select.selectedIndex = 0;
    this.#showNote();
    this.#events.onPick(this.selected);
  }

  #showNote(note = models.find(({ folder }) => folder === this.#select.value)?.note ?? ''): void {
    this.#facts.textContent = '';
    this.#note.textContent = note;
  }

  #open(files: readonly File[]): void {
    const [file] = files;
    if (file && files.length === 1 && isCheckpoint(file)) {
      this.#events.onCheckpoint(file);
      return;
    }
    const manifest = files.find(({ name }) => name.endsWith('.json'));
    const weights = files.find(({ name }) => name.endsWith('.safetensors'));
    if (files.length !== 2 || manifest === undefined || weights === undefined) {
      this.#events.onWrongFiles(
        'A model is two files, its manifest.json and its .safetensors file: choose them together. ' +
          'A checkpoint is one file, .pth, .pt or .safetensors.',
      );
      return;
    }
    this.showOpened(weights.name);
    this.#events.onPick({ manifest, weights });
  }
}
