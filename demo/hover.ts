import type { Segmentation } from '../src/index.ts';
import { element } from './dom.ts';
import { percent } from './format.ts';

/** A place in the picture as parts of its width and height, each in [0, 1). */
interface Place {
  readonly x: number;
  readonly y: number;
}

const STEPS = new Map<string, Place>([
  ['ArrowLeft', { x: -1, y: 0 }],
  ['ArrowRight', { x: 1, y: 0 }],
  ['ArrowUp', { x: 0, y: -1 }],
  ['ArrowDown', { x: 0, y: 1 }],
]);
/** Part of the picture that an arrow key moves by, alone and with Shift. */
const STEP = 0.02;
const LONG_STEP = 0.1;
const MIDDLE: Place = { x: 0.5, y: 0.5 };

/** Names the class under the mouse, the finger, or a ring moved by the arrow keys. */
export class Hover {
  readonly #view: HTMLElement;
  /** Follows the pointer; its child shows the name. */
  readonly #chip = element('chip', HTMLElement);
  /** Reads the name to those who move by keyboard. */
  readonly #spoken = element('spoken', HTMLElement);
  readonly #onLabel: (label: number | undefined) => void;
  #segmentation: Segmentation | undefined;
  #colors: readonly string[] = [];
  #place: Place | undefined;

  /** @param view - covers exactly the photo, and can have the focus */
  constructor(view: HTMLElement, onLabel: (label: number | undefined) => void) {
    this.#view = view;
    this.#onLabel = onLabel;
    view.addEventListener('pointermove', (event) => this.#point(event));
    view.addEventListener('pointerdown', (event) => this.#point(event));
    view.addEventListener('pointerleave', ({ pointerType }) => {
      // A lifted finger leaves too, but its answer should stay to be read.
      if (pointerType === 'mouse') this.#clear();
    });
    view.addEventListener('blur', () => this.#clear());
    view.addEventListener('keydown', (event) => this.#key(event));
  }

  setResult(segmentation: Segmentation | undefined, colors: readonly string[]): void {
    this.#segmentation = segmentation;
    this.#colors = colors;
    // Frames of a video come while one points.
    if (segmentation !== undefined && this.#place !== undefined) this.#show(this.#place);
    else this.#clear();
  }

  #point({ clientX, clientY }: PointerEvent): void {
    const box = this.#view.getBoundingClientRect();
    this.#show({ x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height });
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#clear();
    const step = STEPS.get(event.key);
    if (step === undefined || this.#segmentation === undefined) return;
    event.preventDefault();
    const length = event.shiftKey ? LONG_STEP : STEP;
    const from = this.#place;
    this.#show(from ? { x: from.x + step.x * length, y: from.y + step.y * length } : MIDDLE);
    this.#spoken.textContent = this.#chip.textContent;
  }

  #show(wanted: Place): void {
    if (this.#segmentation === undefined) return;
    const { width, height, labels, classes } = this.#segmentation;
    const place = { x: inside(wanted.x), y: inside(wanted.y) };
    const label = labels[Math.floor(place.y * height) * width + Math.floor(place.x * width)] ?? 0;
    const item = classes[label];
    if (item === undefined) return;
    const chip = this.#chip;
    chip.firstElementChild?.replaceChildren(`${item.name}, ${percent(item.share)}`);
    chip.style.setProperty('--x', String(place.x));
    chip.style.setProperty('--y', String(place.y));
    chip.style.setProperty('--color', this.#colors[label] ?? item.color);
    chip.classList.toggle('leftwards', place.x >= 0.5);
    chip.classList.toggle('downwards', place.y < 0.15);
    chip.hidden = false;
    this.#place = place;
    this.#onLabel(label);
  }

  #clear(): void {
    this.#chip.hidden = true;
    this.#spoken.textContent = '';
    this.#place = undefined;
    this.#onLabel(undefined);
  }
}

function inside(part: number): number {
  return Math.min(Math.max(part, 0), 0.999);
}
