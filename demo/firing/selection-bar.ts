import { element, make } from '../dom.ts';
import type { LayerFiring } from '../../src/index.ts';
import { shape } from './format.ts';
import { runs } from './layers.ts';
import type { FiringView, Scope, Select } from './view.ts';

/** Names the selected layer and channel, and lets people walk through them by list or keys. */
export class SelectionBar {
  readonly #layer = element('firing-layer', HTMLSelectElement);
  readonly #about = element('firing-about', HTMLElement);
  readonly #channel = element('firing-channel', HTMLButtonElement);
  readonly #scopes = element('firing-scope', HTMLElement).querySelectorAll('input');
  #names = '';
  #count = 0;

  constructor(select: Select) {
    this.#layer.addEventListener('change', () => select({ layer: Number(this.#layer.value) }));
    const step = (by: number) => () =>
      select({ layer: (Number(this.#layer.value) + by + this.#count) % this.#count });
    element('firing-previous', HTMLButtonElement).addEventListener('click', step(-1));
    element('firing-next', HTMLButtonElement).addEventListener('click', step(1));
    this.#channel.addEventListener('click', () => select({ channel: undefined }));
    for (const radio of this.#scopes) {
      radio.addEventListener('change', () => select({ scope: radio.value as Scope }));
    }
  }

  show({ result, selection, layer }: FiringView): void {
    this.#list(result.statistics.layers);
    this.#layer.value = String(selection.layer);
    this.#about.textContent = `${layer.group}, ${shape(layer)}`;
    this.#channel.hidden = selection.channel === undefined;
    this.#channel.textContent = `Channel ${selection.channel ?? ''} ×`;
    this.#channel.ariaLabel = `Let go of channel ${selection.channel ?? ''}`;
    for (const radio of this.#scopes) radio.checked = radio.value === selection.scope;
  }

  /** Lists the layers, once for each model. */
  #list(layers: readonly LayerFiring[]): void {
    const names = layers.map(({ name }) => name).join();
    if (names === this.#names) return;
    this.#names = names;
    this.#count = layers.length;
    const groups = runs(layers, [...layers.keys()]).map(({ group, start, end }) => {
      const options = layers
        .slice(start, end)
        .map(({ name }, i) => new Option(name, String(start + i)));
      return make('optgroup', { label: group }, ...options);
    });
    this.#layer.replaceChildren(...groups);
  }
}
