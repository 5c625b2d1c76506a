import type { Segmentation } from '../src/index.ts';
import { findAnchors } from './anchors.ts';
import { context2d, element, make } from './dom.ts';
import { paintOverlay, type OverlayLook } from './overlay.ts';
import type { Picture } from './picture.ts';

/** A photo, or a frame of a video. */
type Shown = Pick<Picture, 'title' | 'fileName'> & { readonly bitmap: ImageBitmap | VideoFrame };

/** The photo, the overlay over it, and the names on it. */
export class Stage {
  readonly view = element('view', HTMLElement);
  readonly photo = element('photo', HTMLCanvasElement);
  readonly overlay = element('overlay', HTMLCanvasElement);
  readonly #names = element('names', HTMLElement);
  readonly #busy = element('busy', HTMLElement);
  #fileName = '';
  #segmentation: Segmentation | undefined;
  #empty = true;
  #opacity = 1;
  #look: OverlayLook = {
    colors: [],
    hidden: new Set(),
    spotlight: undefined,
    patterns: false,
  };

  get look(): OverlayLook {
    return this.#look;
  }

  /** Of the overlay, in [0, 1]. */
  get opacity(): number {
    return this.#opacity;
  }

  /** Whether no photo was drawn yet. */
  get empty(): boolean {
    return this.#empty;
  }

  /** Of the photo, with its ending. */
  get fileName(): string {
    return this.#fileName;
  }

  /** Draws a photo, or a frame of a video, in place of the last one. */
  setPicture({ bitmap, title, fileName }: Shown): void {
    this.#empty = false;
    this.#fileName = fileName;
    const { photo } = this;
    const [width, height] =
      'displayWidth' in bitmap
        ? [bitmap.displayWidth, bitmap.displayHeight]
        : [bitmap.width, bitmap.height];
    if (photo.width !== width || photo.height !== height) Object.assign(photo, { width, height });
    const context = context2d(photo);
    // What is transparent in a PNG would turn black in the network's eyes.
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, photo.width, photo.height);
    context.drawImage(bitmap, 0, 0);
    this.view.style.setProperty('--ratio', String(width / height));
    this.view.ariaLabel = `Segmented photo: ${title}`;
  }

  setResult(segmentation: Segmentation | undefined): void {
    this.#segmentation = segmentation;
    this.overlay.hidden = segmentation === undefined;
    const anchors = segmentation === undefined ? [] : findAnchors(segmentation);
    this.#names.replaceChildren(
      ...anchors.map(({ label, x, y }) => {
        const name = make('span', {}, segmentation?.classes[label]?.name ?? '');
        name.dataset['label'] = String(label);
        name.style.setProperty('--x', String(x));
        name.style.setProperty('--y', String(y));
        return name;
      }),
    );
    this.#paint();
  }

  setLook(change: Partial<OverlayLook>): void {
    this.#look = { ...this.#look, ...change };
    this.#paint();
  }

  /** @param opacity - in [0, 1] */
  setOpacity(opacity: number): void {
    this.#opacity = opacity;
    this.overlay.style.opacity = String(opacity);
  }

  setNames(shown: boolean): void {
    this.#names.hidden = !shown;
  }

  setBusy(busy: boolean): void {
    this.#busy.hidden = !busy;
    this.view.ariaBusy = String(busy);
  }

  #paint(): void {
    if (this.#segmentation === undefined) return;
    paintOverlay(this.overlay, this.#segmentation, this.#look);
    const { hidden, spotlight } = this.#look;
    for (const name of this.#names.querySelectorAll('span')) {
      const label = Number(name.dataset['label']);
      name.hidden = spotlight === undefined ? hidden.has(label) : spotlight !== label;
    }
  }
}
