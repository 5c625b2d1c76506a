import type { LayerFiring } from '../../src/index.ts';
import { make } from '../dom.ts';
import { Plot, type Sheet } from './plot.ts';
import { placeOf, type Unit } from './spike-trains.ts';
import type { FiringResult } from './view.ts';

/** One neuron: where in the photo it looks, and in which virtual timesteps it fires. */
export class NeuronPlace {
  readonly element: HTMLElement;
  readonly #plot = new Plot('neuron-photo');
  readonly #title = make('p', { className: 'neuron-title' });
  readonly #train = make('ol', { className: 'train' });

  constructor() {
    this.#plot.canvas.role = 'img';
    this.#plot.canvas.ariaLabel = 'The photo';
    this.element = make(
      'div',
      { className: 'neuron' },
      this.#plot.canvas,
      this.#title,
      this.#train,
    );
  }

  show(result: FiringResult, layer: LayerFiring, unit: Unit | undefined, count: number): void {
    const { photo, content, statistics } = result;
    this.#plot.canvas.hidden = !layer.spatial;
    const place = unit && layer.spatial ? placeOf(unit, layer, content) : undefined;
    const cell = {
      width: 1 / layer.width / content.width,
      height: 1 / layer.height / content.height,
    };
    this.#plot.draw((sheet) => {
      const { left, top, width, height } = paintPhoto(sheet, photo);
      if (place === undefined || place.x >= 1 || place.y >= 1) return;
      const { context, theme } = sheet;
      const [x, y] = [left + place.x * width, top + place.y * height];
      const [w, h] = [cell.width * width, cell.height * height];
      for (const [color, line] of [
        ['#000', 4],
        ['#fff', 2],
      ] as const) {
        context.strokeStyle = color;
        context.lineWidth = line;
        context.strokeRect(x - w / 2, y - h / 2, w, h);
        context.beginPath();
        context.arc(x, y, Math.max(9, w), 0, 2 * Math.PI);
        context.stroke();
      }
      context.lineWidth = 1;
      context.strokeStyle = theme.line;
    });
    this.#plot.canvas.ariaLabel =
      unit === undefined ? 'The photo' : `The photo, with a ring where the neuron is`;
    this.#title.textContent =
      unit === undefined ? 'Pick a neuron to see where it is.' : unitWords(layer, unit);
    this.#train.hidden = unit === undefined;
    this.#train.replaceChildren(
      ...Array.from({ length: statistics.levels }, (_, k) => {
        const fires = k < count;
        const item = make('li', { className: fires ? 'fires' : '' }, `step ${k + 1}`);
        item.ariaLabel = `step ${k + 1}: ${fires ? 'a spike' : 'none'}`;
        return item;
      }),
    );
  }
}

/** "channel 3 at 5, 9", or of a layer of tokens "channel 3 of token 5". */
export function unitWords({ spatial }: LayerFiring, { channel, x, y }: Unit): string {
  return spatial ? `channel ${channel} at ${x}, ${y}` : `channel ${channel} of token ${x}`;
}

/** The whole photo, as large as the sheet allows. */
function paintPhoto({ context, width, height }: Sheet, photo: HTMLCanvasElement) {
  const scale = Math.min(width / photo.width, height / photo.height);
  const shown = { width: photo.width * scale, height: photo.height * scale };
  const left = (width - shown.width) / 2;
  const top = (height - shown.height) / 2;
  context.drawImage(photo, left, top, shown.width, shown.height);
  return { left, top, ...shown };
}
