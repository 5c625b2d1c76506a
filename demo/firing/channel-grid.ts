import { COLOR_BAR_ROOM, paintColorBar } from './color-bar.ts';
import { Figure } from './figure.ts';
import { grouped, share } from './format.ts';
import { gridOf, type Grid } from './grid.ts';
import { Picker } from './picker.ts';
import { Plot, type Sheet } from './plot.ts';
import { color, niceCeil } from './scales.ts';
import type { FiringPicture, FiringView, Select } from './view.ts';

/** The firing rate of every channel of the selected layer. */
export class ChannelGrid implements FiringPicture {
  readonly title = 'Channels of the layer';
  readonly element: HTMLElement;
  readonly #select: Select;
  readonly #plot = new Plot('channels');
  readonly #figure = new Figure({
    title: this.title,
    caption:
      'A cell is a channel, its colour the firing rate over all positions. A cross: it is dead on this ' +
      'photo, none of its positions fires. Click one, or move with the arrow keys.',
    body: [this.#plot.canvas],
  });
  readonly #picker: Picker;

  constructor(select: Select) {
    this.#select = select;
    this.#picker = new Picker(this.#plot, 'Channel of the layer', {
      onPick: (channel) => select({ channel }),
      onPoint: (words) => this.#figure.point(words),
    });
    this.element = this.#figure.element;
  }

  show({ layer, selection, result }: FiringView): void {
    const { channelSpikes, height, width } = layer;
    const most = height * width * result.statistics.levels;
    const rates = channelSpikes.map((spikes) => spikes / most);
    const top = niceCeil(Math.max(...rates));
    const grid = () => {
      const { size } = this.#plot;
      return gridOf(rates.length, size.width, size.height - COLOR_BAR_ROOM);
    };
    this.#plot.draw((sheet) => {
      paint(sheet, rates, top, grid(), selection.channel);
      paintColorBar(sheet, top);
    });
    const describe = (channel: number) =>
      `Channel ${channel}: rate ${share(rates[channel] ?? 0)}, ${grouped(channelSpikes[channel] ?? 0)} spikes`;
    this.#picker.setChoices({
      count: rates.length,
      index: selection.channel,
      get columns() {
        return grid().columns;
      },
      at: (x, y) => {
        const { columns, side } = grid();
        const column = Math.floor(x / side);
        const index = Math.floor(y / side) * columns + column;
        return column < columns && index < rates.length ? index : undefined;
      },
      describe,
    });
    const dead = layer.deadChannels === 0 ? 'none dead' : `${layer.deadChannels} dead`;
    const selected =
      selection.channel === undefined
        ? `${layer.name}: ${layer.channels} channels, ${dead}`
        : describe(selection.channel);
    this.#figure.setReadout(selected);
    this.#figure.setTable(() => ({
      columns: ['Channel', 'Rate', 'Spikes'],
      rows: channelSpikes.map((spikes, channel) => [
        `Channel ${channel}`,
        share(rates[channel] ?? 0),
        grouped(spikes),
      ]),
      selected: selection.channel,
      onPick: (channel) => this.#select({ channel }),
    }));
  }
}

function paint(
  { context, theme }: Sheet,
  rates: readonly number[],
  most: number,
  { columns, side }: Grid,
  selected: number | undefined,
): void {
  const inner = side - Math.min(2, side / 6);
  const corner = (channel: number) =>
    [(channel % columns) * side, Math.floor(channel / columns) * side] as const;
  rates.forEach((rate, channel) => {
    const [x, y] = corner(channel);
    if (rate > 0) {
      context.fillStyle = color(rate, most);
      context.fillRect(x, y, inner, inner);
      return;
    }
    context.strokeStyle = theme.muted;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, inner - 1, inner - 1);
    context.beginPath();
    context.moveTo(x + inner * 0.25, y + inner * 0.25);
    context.lineTo(x + inner * 0.75, y + inner * 0.75);
    context.moveTo(x + inner * 0.75, y + inner * 0.25);
    context.lineTo(x + inner * 0.25, y + inner * 0.75);
    context.stroke();
  });
  if (selected === undefined) return;
  const [x, y] = corner(selected);
  context.lineWidth = 3;
  context.strokeStyle = theme.card;
  context.strokeRect(x + 2, y + 2, inner - 4, inner - 4);
  context.strokeStyle = theme.ink;
  context.strokeRect(x, y, inner, inner);
}
