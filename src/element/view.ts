import type { Progress, Segmentation, SpikesegError } from '../index.ts';
import { paintMask } from './mask.ts';
import { showPicture, type Still } from './picture.ts';
import { styleSheet } from './style.ts';

const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** What the element shows and tells: picture, mask, progress, and the same in words. */
export class View {
  readonly #frame = make('div', 'frame');
  readonly #picture = make('canvas', 'picture');
  readonly #overlay = make('canvas', 'overlay');
  readonly #message = make('div', 'message');
  readonly #bar = make('progress', 'progress');
  readonly #status = make('p', 'status');
  #alt = '';
  #shares = '';
  /** Whether what is shown is the picture before the wanted one. */
  #stale = true;

  constructor(root: ShadowRoot) {
    root.adoptedStyleSheets = [styleSheet()];
    this.#frame.role = 'img';
    this.#status.role = 'status';
    this.#bar.ariaLabel = 'Loading the model';
    this.#frame.append(this.#picture, this.#overlay);
    this.#message.append(this.#status, this.#bar);
    root.append(this.#frame, this.#message);
    this.clear();
  }

  /** Of the mask, in [0, 1]. */
  set opacity(opacity: number) {
    this.#overlay.style.opacity = String(opacity);
  }

  /** What the picture shows, in words. */
  set alt(alt: string) {
    this.#alt = alt;
    this.#label();
  }

  /** Shows nothing. */
  clear(): void {
    this.#frame.hidden = true;
    this.#picture.hidden = true;
    this.#forget();
    this.#tell('', { busy: false, seen: false });
  }

  /** Another picture is wanted. */
  start(): void {
    this.#stale = true;
    this.wait('Loading the picture');
  }

  /** Something takes its time. */
  wait(what: string): void {
    this.#frame.hidden = false;
    this.#forget();
    this.#tell(what, { busy: true, seen: true });
  }

  /** The model is being loaded, for a picture that still waits for it. */
  progress({ loaded, total }: Progress): void {
    if (this.#frame.ariaBusy !== 'true') return;
    this.#bar.hidden = false;
    if (total > 0) this.#bar.value = loaded / total;
    else this.#bar.removeAttribute('value');
  }

  /** @throws SpikesegError `image-invalid` */
  async showPicture(picture: Still, signal: AbortSignal): Promise<void> {
    await showPicture(this.#picture, picture, signal);
    if (signal.aborted) return;
    this.#picture.hidden = false;
    this.#stale = false;
  }

  showResult(result: Segmentation, colors: readonly string[]): void {
    paintMask(this.#overlay, result, colors);
    this.#overlay.hidden = false;
    this.#shares = shares(result);
    this.#label();
    this.#tell(this.#frame.ariaLabel ?? '', { busy: false, seen: false });
  }

  showError({ message }: SpikesegError): void {
    if (this.#stale) this.clear();
    this.#forget();
    this.#tell(message, { busy: false, seen: true });
  }

  #forget(): void {
    this.#overlay.hidden = true;
    this.#shares = '';
    this.#label();
  }

  /** @param how - `seen`: on the screen too, not only by those who listen */
  #tell(text: string, how: { readonly busy: boolean; readonly seen: boolean }): void {
    this.#bar.hidden = true;
    this.#status.textContent = text;
    this.#message.classList.toggle('told', !how.seen);
    this.#frame.ariaBusy = String(how.busy);
  }

  #label(): void {
    const name = this.#alt || 'Picture';
    this.#frame.ariaLabel = this.#shares === '' ? name : `${name}: ${this.#shares}`;
  }
}

/** "clothes 31.2%, hair 8%": what the picture shows, the largest first. */
function shares({ classes }: Segmentation): string {
  return classes
    .filter(({ pixels }) => pixels > 0)
    .toSorted((a, b) => b.pixels - a.pixels)
    .map(({ name, share }) => `${name} ${PERCENT.format(share)}`)
    .join(', ');
}

/** An element that can be styled from the inside and, as a part, from the outside. */
function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = name;
  node.part.add(name);
  return node;
}
