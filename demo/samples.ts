import { element, make } from './dom.ts';
import { decode, pictureName, type Picture } from './picture.ts';
import samples from './samples.json';

export type Sample = (typeof samples)[number];

/** A button for every sample photo, and the credits at the foot of the page. */
export class Samples {
  readonly #buttons = new Map<string, HTMLButtonElement>();

  readonly #onPick: (sample: Sample) => void;

  constructor(onPick: (sample: Sample) => void) {
    this.#onPick = onPick;
    const list = element('samples', HTMLElement);
    for (const sample of samples) {
      const button = this.#button(sample);
      button.addEventListener('click', () => onPick(sample));
      this.#buttons.set(pictureName(sample.file), button);
      list.append(make('li', {}, button));
    }
    element('credits', HTMLUListElement).append(...samples.map(credit));
  }

  /** Picks what a visitor sees first. */
  pickFirst(): void {
    const [first] = samples;
    if (first !== undefined) this.#onPick(first);
  }

  /** Marks the sample of that name, or none if the photo is the visitor's own. */
  mark(name: string): void {
    for (const [sample, button] of this.#buttons) button.ariaPressed = String(sample === name);
  }

  #button(sample: Sample): HTMLButtonElement {
    const { width, height, what, title } = sample;
    const photo = make('img', { src: sampleUrl(sample), alt: what, width, height });
    const caption = make('span', { className: 'caption' }, title);
    caption.ariaHidden = 'true';
    const button = make('button', { type: 'button', className: 'thumb' }, photo, caption);
    button.ariaPressed = 'false';
    return button;
  }
}

/** @throws Error with a sentence for people if the photo is not there */
export async function openSample(sample: Sample, signal: AbortSignal): Promise<Picture> {
  const response = await fetch(sampleUrl(sample), { signal }).catch(() => undefined);
  if (response?.ok !== true) {
    throw new Error(`The sample ${sample.file} could not be fetched. Is there a connection?`);
  }
  return decode(await response.blob(), sample.file, sample.what);
}

function sampleUrl({ file }: Sample): string {
  return `samples/${file}`;
}

function credit({ title, url, source, licence, trained }: Sample): HTMLLIElement {
  const terms = trained ? `, ${licence}; seen in training` : `, ${licence}`;
  return make('li', {}, `${title}: `, make('a', { href: url }, source), terms);
}
