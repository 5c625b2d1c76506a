import { context2d, make } from '../dom.ts';
import { COLOR_BAR_ROOM } from './color-bar.ts';
import type { Sheet } from './plot.ts';
import type { RateMap } from './rate-map.ts';
import { color, COLOR_WORDS, colorIndex } from './scales.ts';
import type { Extent, Place } from './view.ts';

/** A rectangle of a sheet. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a photo goes above a colour bar: as large as the room allows, in the middle. */
export function fitted(photo: Extent, { width, height }: Extent): Box {
  const room = height - COLOR_BAR_ROOM;
  const scale = Math.min(width / photo.width, room / photo.height);
  const size = { width: photo.width * scale, height: photo.height * scale };
  return { x: (width - size.width) / 2, y: (room - size.height) / 2, ...size };
}

/** A map of rates as pixels, one a cell, which the browser then scales. */
export class Heat {
  readonly #context = context2d(make('canvas', { width: 1, height: 1 }));

  /** @param most - rate of the last colour */
  set({ width, height, rates }: RateMap, most: number): void {
    const { canvas } = this.#context;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const image = new ImageData(width, height);
    const words = new Uint32Array(image.data.buffer);
    for (let i = 0; i < rates.length; i++) {
      words[i] = COLOR_WORDS[colorIndex(rates[i] ?? 0, most)] ?? 0;
    }
    this.#context.putImageData(image, 0, 0);
  }

  /** @param content - parts of the map that the box shows, from the top left */
  paint({ context }: Sheet, { x, y, width, height }: Box, content: Extent, opacity: number): void {
    const { canvas } = this.#context;
    const [columns, rows] = [canvas.width * content.width, canvas.height * content.height];
    context.imageSmoothingEnabled = false;
    context.globalAlpha = opacity;
    context.drawImage(canvas, 0, 0, columns, rows, x, y, width, height);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = true;
  }
}

/** Marks a place of what a box shows. */
export function paintRing({ context }: Sheet, box: Box, place: Place): void {
  context.beginPath();
  context.arc(box.x + place.x * box.width, box.y + place.y * box.height, 7, 0, 2 * Math.PI);
  context.lineWidth = 4;
  context.strokeStyle = '#000000';
  context.stroke();
  context.lineWidth = 2;
  context.strokeStyle = '#ffffff';
  context.stroke();
}

/** What stands nowhere in the photo, in a row. */
export function paintTokens(sheet: Sheet, { rates }: RateMap, most: number): void {
  const { context, width, height, theme } = sheet;
  const step = width / rates.length;
  const side = Math.min(step * 1.6, height / 3);
  const top = (height - side) / 2;
  rates.forEach((rate, token) => {
    context.fillStyle = color(rate, most);
    context.fillRect(token * step, top, step - Math.min(2, step / 4), side);
  });
  context.fillStyle = theme.muted;
  context.textAlign = 'center';
  const words = `${rates.length} tokens, which stand nowhere in the photo`;
  context.fillText(words, width / 2, top - 16);
}
