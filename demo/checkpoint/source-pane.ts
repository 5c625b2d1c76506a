import { publishedModels, type PublishedName } from '../../src/index.ts';
import { element } from '../dom.ts';
import { KeptList } from './kept-list.ts';
import { publishedFacts, publishedNamed } from './published.ts';

export interface FetchRequest {
  readonly url: string;
  /** The published model that lies there, as the visitor says. */
  readonly as: PublishedName | undefined;
  /** Whether the browser shall keep what it downloads. */
  readonly keep: boolean;
}

export interface SourceEvents {
  readonly onFile: (file: File) => void;
  readonly onFetch: (request: FetchRequest) => void;
  readonly onProblem: (error: unknown) => void;
}

/** Where a checkpoint may come from: the disk, an address, the authors, or an earlier visit. */
export class SourcePane {
  readonly #pane = element('checkpoint-sources', HTMLFieldSetElement);
  readonly #published = element('checkpoint-published', HTMLSelectElement);
  readonly #facts = element('checkpoint-facts', HTMLElement);
  readonly #url = element('checkpoint-url', HTMLInputElement);
  readonly #keep = element('checkpoint-keep', HTMLInputElement);
  readonly #kept: KeptList;

  constructor({ onFile, onFetch, onProblem }: SourceEvents) {
    this.#kept = new KeptList((url) => {
      const as = publishedModels.find((model) => model.url === url)?.name;
      onFetch({ url, as, keep: true });
    }, onProblem);
    const file = element('checkpoint-file', HTMLInputElement);
    element('checkpoint-choose', HTMLButtonElement).addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      const chosen = file.files?.[0];
      if (chosen) onFile(chosen);
      file.value = '';
    });

    this.#published.append(...publishedModels.map(({ name, title }) => new Option(title, name)));
    this.#published.addEventListener('change', () => this.#showPublished());
    element('checkpoint-fetch', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const as = publishedNamed(this.#published.value)?.name;
      onFetch({ url: this.#url.value, as, keep: this.#keep.checked });
    });
  }

  show(): void {
    this.#pane.hidden = false;
    void this.#kept.refresh();
  }

  hide(): void {
    this.#pane.hidden = true;
  }

  setBusy(busy: boolean): void {
    this.#pane.disabled = busy;
  }

  #showPublished(): void {
    const model = publishedNamed(this.#published.value);
    this.#url.value = model?.url ?? '';
    this.#facts.replaceChildren(...(model ? publishedFacts(model) : []));
  }
}
