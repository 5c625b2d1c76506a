import { layerGroups, type LayerFiring } from '../../src/index.ts';
import { make } from '../dom.ts';
import { Figure } from './figure.ts';
import { grouped } from './format.ts';
import { NeuronPlace, unitWords } from './neuron-place.ts';
import { Picker } from './picker.ts';
import { Plot } from './plot.ts';
import { paintRaster, rowAt } from './raster-plot.ts';
import { stageColor } from './scales.ts';
import { SpikeReader, type Ask } from './spike-reader.ts';
import { placeOf, sampleUnits, unitOver, unitsPerStep, type Unit } from './spike-trains.ts';
import type { Table } from './table.ts';
import type { FiringPicture, FiringView, Place, Select } from './view.ts';

const TITLE = 'Spike raster';
/** Neurons shown. */
const MOST = 64;

/** Spikes of single neurons of the selected layer over the virtual timesteps. */
export class Raster implements FiringPicture {
  readonly title = TITLE;
  readonly element: HTMLElement;
  readonly wantsSpikes = true;
  readonly #select: Select;
  readonly #figure: Figure;
  readonly #plot = new Plot('raster');
  readonly #picker: Picker;
  readonly #neuron = new NeuronPlace();
  readonly #spikes: SpikeReader;
  #seed = 1;
  #view: FiringView | undefined;
  /** Why the spikes of a layer could not be read. */
  #failure: { readonly layer: LayerFiring; readonly reason: string } | undefined;
  /** What was picked here, and the layer and place that this selected. */
  #picked:
    { readonly unit: Unit; readonly name: string; readonly place: Place | undefined } | undefined;

  constructor(select: Select, ask: Ask) {
    this.#select = select;
    this.#spikes = new SpikeReader(ask, {
      onRead: () => this.#again(),
      onError: (error) => this.#fail(error),
    });
    this.#picker = new Picker(this.#plot, 'Neuron', {
      onPick: (row) => this.#pick(row),
      onPoint: (words) => this.#figure.setReadout(words ?? this.#words()),
    });
    const others = make('button', { type: 'button', className: 'plain' }, 'Other neurons');
    others.addEventListener('click', () => {
      this.#seed++;
      this.#again();
    });
    this.#figure = new Figure({
      title: TITLE,
      caption:
        `A row is a neuron at one position, a tick a spike. Neurons of this network count: one that fires ` +
        `k spikes does so in the first k of D virtual timesteps. Up to ${MOST} neurons are shown, drawn at ` +
        `random but evenly over the layer, or over the selected channel; the bars below count all of them. ` +
        `Click a row, or move with the arrow keys, to see where that neuron is.`,
      body: [make('div', { className: 'raster-parts' }, this.#plot.canvas, this.#neuron.element)],
      controls: [others],
    });
    this.element = this.#figure.element;
    this.element.classList.add('wide');
  }

  show(view: FiringView): void {
    this.#view = view;
    const { result, layer, selection } = view;
    const { levels } = result.statistics;
    const counts = this.#spikes.of(layer);
    this.element.classList.toggle('unread', counts === undefined);
    if (counts === undefined) {
      this.#figure.setReadout(this.#words());
      return;
    }
    const { channel } = selection;
    const units = sampleUnits(layer, channel, MOST, this.#seed);
    const trains = units.map(({ index }) => counts[index] ?? 0);
    const perStep = unitsPerStep(counts, levels, layer, channel);
    const all = channel === undefined ? layer.units : layer.units / layer.channels;
    const focus = this.#focus(view);
    const row = units.findIndex(({ index }) => index === focus?.index);
    const selected = row < 0 ? undefined : row;
    this.#plot.draw((sheet) =>
      paintRaster(sheet, {
        counts: trains,
        selected,
        active: perStep.map((firing) => firing / all),
        color: stageColor(layerGroups.indexOf(layer.group)),
      }),
    );
    this.#picker.setChoices({
      count: units.length,
      index: selected,
      columns: 1,
      at: (_, y) => rowAt(y, this.#plot.canvas.clientHeight, units.length),
      describe: (i) => spikeWords(layer, units[i], trains[i] ?? 0, levels),
    });
    this.#neuron.show(result, layer, focus, counts[focus?.index ?? -1] ?? 0);
    this.#figure.setReadout(this.#words());
    this.#figure.setTable(() =>
      table(view, units, trains, perStep, selected, (i) => this.#pick(i)),
    );
  }

  #fail(error: unknown): void {
    const layer = this.#view?.layer;
    if (layer === undefined) return;
    this.#failure = { layer, reason: error instanceof Error ? error.message : String(error) };
    this.#figure.setReadout(this.#words());
  }

  #again(): void {
    if (this.#view !== undefined) this.show(this.#view);
  }

  /** @param row - none of the neurons if it is −1 */
  #pick(row: number): void {
    const view = this.#view;
    if (view === undefined) return;
    const { layer, selection, result } = view;
    const unit = sampleUnits(layer, selection.channel, MOST, this.#seed)[row];
    if (unit === undefined) {
      this.#picked = undefined;
      this.#select({ place: undefined });
      return;
    }
    const at = placeOf(unit, layer, result.content);
    const place = layer.spatial && at.x < 1 && at.y < 1 ? at : undefined;
    this.#picked = { unit, name: layer.name, place };
    this.#select({ place });
  }

  /** The neuron to look at: the one picked here, or that of the selected channel and place. */
  #focus({ layer, selection, result }: FiringView): Unit | undefined {
    const { channel, place } = selection;
    const picked = this.#picked;
    if (picked?.name === layer.name && picked.place === place) {
      if (channel === undefined || channel === picked.unit.channel) return picked.unit;
    }
    if (channel === undefined || place === undefined || !layer.spatial) return undefined;
    return unitOver(layer, channel, place, result.content);
  }

  #words(): string {
    const view = this.#view;
    if (view === undefined) return '';
    const { layer, result } = view;
    const counts = this.#spikes.of(layer);
    if (counts === undefined) {
      const { layer: failed, reason = '' } = this.#failure ?? {};
      return failed === layer ? reason : `Reading the spikes of ${layer.name} …`;
    }
    const unit = this.#focus(view);
    if (unit === undefined) return layer.name;
    return spikeWords(layer, unit, counts[unit.index] ?? 0, result.statistics.levels);
  }
}

function spikeWords(
  layer: LayerFiring,
  unit: Unit | undefined,
  count: number,
  levels: number,
): string {
  if (unit === undefined) return '';
  return `${unitWords(layer, unit)}: ${count} of ${levels} spikes`;
}

function table(
  { layer, result, selection }: FiringView,
  units: readonly Unit[],
  trains: readonly number[],
  perStep: readonly number[],
  selected: number | undefined,
  onPick: (row: number) => void,
): Table {
  const steps = Array.from({ length: result.statistics.levels }, (_, k) => k + 1);
  const spikes = perStep.reduce((sum, firing) => sum + firing, 0);
  const all = selection.channel === undefined ? 'All units' : `All of channel ${selection.channel}`;
  const rows = units.map((unit, i) => {
    const count = trains[i] ?? 0;
    return [
      unitWords(layer, unit),
      ...steps.map((step) => (step <= count ? '1' : '0')),
      String(count),
    ];
  });
  return {
    columns: ['Neuron', ...steps.map((step) => `Step ${step}`), 'Spikes'],
    rows: [[all, ...perStep.map(grouped), grouped(spikes)], ...rows],
    selected: selected === undefined ? undefined : selected + 1,
    onPick: (row) => onPick(row - 1),
  };
}
