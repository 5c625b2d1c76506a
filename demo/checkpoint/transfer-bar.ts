import { element } from '../dom.ts';
import { megabytes } from '../format.ts';

/** How much of a file has come or was read, and a button that stops it. */
export class TransferBar {
  readonly #box = element('checkpoint-transfer', HTMLElement);
  readonly #text = element('checkpoint-transfer-text', HTMLElement);
  readonly #bar = element('checkpoint-transfer-bar', HTMLProgressElement);

  constructor(onCancel: () => void) {
    element('checkpoint-cancel', HTMLButtonElement).addEventListener('click', onCancel);
  }

  /** Shows a task that takes time. @returns to be told of every step, in bytes; a total of 0 is unknown */
  start(task: string): (loaded: number, total: number) => void {
    this.#text.textContent = task;
    this.#bar.removeAttribute('value');
    this.#box.hidden = false;
    return (loaded, total) => {
      if (total > 0) this.#bar.value = loaded / total;
      const of = total > 0 ? ` of ${megabytes(total)}` : '';
      this.#text.textContent = `${task}: ${megabytes(loaded)}${of}`;
    };
  }

  hide(): void {
    this.#box.hidden = true;
  }
}
