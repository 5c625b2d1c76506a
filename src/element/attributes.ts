import { BaseElement } from './events.ts';

const OPACITY = 0.6;

/** An element whose attributes are properties too, as those of HTML's own are. */
export class AttributesElement extends BaseElement {
  static readonly observedAttributes: readonly string[] = [
    'alt',
    'crossorigin',
    'model',
    'opacity',
    'src',
    'statistics',
  ];

  /** Address of the picture; '' for none. */
  get src(): string {
    return this.getAttribute('src') ?? '';
  }

  set src(src: string) {
    this.setAttribute('src', src);
  }

  /** Address of a model's folder; '' for the bundled model. */
  get model(): string {
    return this.getAttribute('model') ?? '';
  }

  set model(model: string) {
    this.setAttribute('model', model);
  }

  /** Whether `result` also tells how the network fired. */
  get statistics(): boolean {
    return this.hasAttribute('statistics');
  }

  set statistics(wanted: boolean) {
    this.toggleAttribute('statistics', wanted);
  }

  /** Of the mask over the picture, in [0, 1]. @defaultValue 0.6 */
  get opacity(): number {
    const opacity = Number.parseFloat(this.getAttribute('opacity') ?? '');
    return Number.isFinite(opacity) ? Math.min(Math.max(opacity, 0), 1) : OPACITY;
  }

  set opacity(opacity: number) {
    this.setAttribute('opacity', String(opacity));
  }

  /** What the picture shows, in words, for those who do not see it. */
  get alt(): string {
    return this.getAttribute('alt') ?? '';
  }

  set alt(alt: string) {
    this.setAttribute('alt', alt);
  }

  /** As of `<img>`: pictures of other origins need it. */
  get crossOrigin(): string | null {
    return this.getAttribute('crossorigin');
  }

  set crossOrigin(crossOrigin: string | null) {
    if (crossOrigin === null) this.removeAttribute('crossorigin');
    else this.setAttribute('crossorigin', crossOrigin);
  }
}
