import { Figure } from './figure.ts';
import { grouped, share } from './format.ts';
import { histogramBars, type Bar } from './histogram-bars.ts';
import { Plot, type Sheet } from './plot.ts';
import type { FiringPicture, FiringView } from './view.ts';

/** How many units fire 0, 1, … D spikes. */
export class Histogram implements FiringPicture {
  readonly title = 'Spikes of a neuron';
  readonly element: HTMLElement;
  readonly #plot = new Plot('histogram');
  readonly #figure = new Figure({
    title: this.title,
    caption:
      'How many neurons, each at each of its positions, fire 0, 1, … D spikes: those of the selection as ' +
      'bars, of the whole network as a line. Firing 0 is to be silent, D to be saturated. The non-zero ' +
      'rate is all bars but the first.',
    body: [this.#plot.canvas],
  });

  constructor() {
    this.element = this.#figure.element;
    this.#plot.canvas.role = 'img';
    this.#plot.canvas.ariaLabel = this.title;
  }

  show({ members, result, selection, layer }: FiringView): void {
    const bars = histogramBars(
      members.map(({ histogram }) => histogram),
      result.statistics.layers.map(({ histogram }) => histogram),
    );
    const silent = bars[0]?.part ?? 0;
    const what = { layer: layer.name, stage: layer.group, network: 'all layers' }[selection.scope];
    const words = `${what}: non-zero rate ${share(1 - silent)}`;
    this.#figure.setReadout(words);
    this.#plot.canvas.ariaLabel = `${words}. ${bars.map(({ spikes, part }) => `${spikes} spikes: ${share(part)}`).join(', ')}`;
    this.#plot.draw((sheet) => paint(sheet, bars));
    this.#figure.setTable(() => ({
      columns: ['Spikes', 'Units', 'Share', 'Share in the network'],
      rows: bars.map(({ spikes, units, part, networkPart }) => [
        String(spikes),
        grouped(units),
        share(part),
        share(networkPart),
      ]),
    }));
  }
}

const NAME_ROOM = 16;
const VALUE_ROOM = 62;

function paint({ context, width, height, theme }: Sheet, bars: readonly Bar[]): void {
  const step = height / bars.length;
  const most = Math.max(...bars.flatMap(({ part, networkPart }) => [part, networkPart]));
  const length = (part: number) => (part / most) * (width - NAME_ROOM - VALUE_ROOM);
  bars.forEach(({ spikes, part, networkPart }, row) => {
    const top = row * step + step * 0.14;
    const thick = step * 0.72;
    context.textAlign = 'left';
    context.fillStyle = theme.muted;
    context.fillText(String(spikes), 2, top + thick / 2);
    context.fillStyle = theme.accent;
    context.fillRect(NAME_ROOM, top, Math.max(1, length(part)), thick);
    context.fillStyle = theme.ink;
    context.fillRect(NAME_ROOM + length(networkPart) - 1, top - 3, 2, thick + 6);
    context.fillText(
      share(part),
      NAME_ROOM + Math.max(length(part), length(networkPart)) + 7,
      top + thick / 2,
    );
  });
}
