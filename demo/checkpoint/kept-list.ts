import { modelStore, type StoredModel } from '../../src/index.ts';
import { element, make } from '../dom.ts';
import { megabytes } from '../format.ts';

/** What this browser keeps of earlier visits: opened without the network, or deleted. */
export class KeptList {
  readonly #list = element('checkpoint-kept', HTMLElement);
  readonly #room = element('checkpoint-room', HTMLElement);
  readonly #onOpen: (url: string) => void;
  readonly #onProblem: (error: unknown) => void;

  constructor(onOpen: (url: string) => void, onProblem: (error: unknown) => void) {
    this.#onOpen = onOpen;
    this.#onProblem = onProblem;
  }

  async refresh(): Promise<void> {
    try {
      const kept = await modelStore.list();
      this.#list.replaceChildren(...kept.map((model) => this.#item(model)));
      const bytes = kept.reduce((sum, model) => sum + model.bytes, 0);
      this.#room.textContent =
        kept.length === 0 ? 'Nothing yet.' : `${megabytes(bytes)} in all, on this device only.`;
    } catch (error) {
      this.#onProblem(error);
    }
  }

  #item({ url, bytes }: StoredModel): HTMLElement {
    const name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url);
    const open = make('button', { type: 'button', className: 'plain' }, 'Open');
    open.ariaLabel = `Open ${name}`;
    open.addEventListener('click', () => this.#onOpen(url));
    const remove = make('button', { type: 'button', className: 'plain' }, 'Delete');
    remove.ariaLabel = `Delete ${name}`;
    remove.addEventListener('click', () => void this.#delete(url));
    const text = make('span', {}, name, make('small', {}, `${megabytes(bytes)}, from ${url}`));
    return make('li', {}, text, open, remove);
  }

  async #delete(url: string): Promise<void> {
    await modelStore.delete(url).catch(this.#onProblem);
    await this.refresh();
  }
}
