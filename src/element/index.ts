import { SpikeSegmenterElement } from './spike-segmenter.ts';

export type { SpikeSegmenterEventMap } from './events.ts';
export { SpikeSegmenterElement };

declare global {
  interface HTMLElementTagNameMap {
    'spike-segmenter': SpikeSegmenterElement;
  }
}

const NAME = 'spike-segmenter';

// A server that renders the page has no elements, and a page may import this twice.
if (typeof customElements !== 'undefined' && customElements.get(NAME) === undefined) {
  customElements.define(NAME, SpikeSegmenterElement);
}
