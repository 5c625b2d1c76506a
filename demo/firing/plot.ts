import { context2d, make } from '../dom.ts';
import type { Extent } from './view.ts';
import { onThemeChange, theme, type Theme } from './theme.ts';

/** What a plot is painted on. Coordinates are CSS pixels, whatever the screen's density. */
export interface Sheet {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

export type Paint = (sheet: Sheet) => void;

const FAMILY = "Inter, system-ui, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
/** Of text on canvases, unless it is set otherwise. */
const FONT = `12px ${FAMILY}`;
export const SMALL_FONT = `11px ${FAMILY}`;

/**
 * A canvas as sharp as the screen, as wide as CSS makes it, that paints itself anew when its size or
 * the page's colours change.
 */
export class Plot {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #size: Extent = { width: 0, height: 0 };
  #paint: Paint | undefined;

  /** @param className - gives the canvas its height in firing.css */
  constructor(className: string) {
    this.canvas = make('canvas', { className: `plot ${className}`, width: 1, height: 1 });
    this.#context = context2d(this.canvas);
    new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      this.#size = { width: entry.contentRect.width, height: entry.contentRect.height };
      this.#repaint();
    }).observe(this.canvas);
    onThemeChange(() => this.#repaint());
  }

  /** Of the sheet; zero until the canvas has been laid out. */
  get size(): Extent {
    return this.#size;
  }

  /** Paints now, and again with the same `paint` when the size changes. */
  draw(paint: Paint): void {
    this.#paint = paint;
    this.#repaint();
  }

  /** Where a pointer is, in the coordinates of the sheet. */
  locate({ clientX, clientY }: MouseEvent): { readonly x: number; readonly y: number } {
    const box = this.canvas.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  #repaint(): void {
    const { width, height } = this.#size;
    if (this.#paint === undefined || width === 0 || height === 0) return;
    const density = devicePixelRatio;
    const [across, down] = [Math.round(width * density), Math.round(height * density)];
    // To set the size, even the same one, allocates the canvas anew.
    if (this.canvas.width !== across) this.canvas.width = across;
    if (this.canvas.height !== down) this.canvas.height = down;
    const context = this.#context;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    context.textBaseline = 'middle';
    this.#paint({ context, width, height, theme: theme() });
  }
}
