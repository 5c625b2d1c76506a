import { energy45nm, type EnergyPreset } from '../../src/index.ts';
import { make } from '../dom.ts';
import { percent } from '../format.ts';
import { partCosts, totalCosts, type Cost } from './costs.ts';
import { Figure } from './figure.ts';
import { compact, grouped } from './format.ts';
import { Plot, type Sheet } from './plot.ts';
import { stageColor } from './scales.ts';
import type { Table } from './table.ts';
import type { FiringPicture, FiringView } from './view.ts';

const PRESETS = ['fp32', 'fp16', 'int8'] as const satisfies readonly EnergyPreset[];

/** What the arithmetic of one photo takes: additions, multiplications, energy. */
export class Energy implements FiringPicture {
  readonly title = 'Arithmetic and energy';
  readonly element: HTMLElement;
  readonly #plot = new Plot('energy');
  readonly #preset = make('select', {});
  readonly #figure: Figure;
  #view: FiringView | undefined;

  constructor() {
    for (const preset of PRESETS) {
      const { mac, accumulate } = energy45nm[preset];
      this.#preset.append(new Option(`${preset}: AC ${accumulate} pJ, MAC ${mac} pJ`, preset));
    }
    this.#figure = new Figure({
      title: this.title,
      caption:
        'Arithmetic only, 45 nm; excludes memory. An accumulate (AC) adds a weight: spikes × the outputs ' +
        'that read them, counted exactly. Where the input is analog, a MAC multiplies too. The dense ' +
        'twin has the same layers and no spikes. Rate × FLOPs is the estimate of the literature: T · D · ' +
        'rate × FLOPs, summed over the layers.',
      body: [this.#plot.canvas],
      controls: [make('label', {}, 'Number format ', this.#preset)],
      open: true,
    });
    this.element = this.#figure.element;
    this.element.classList.add('wide');
    this.#plot.canvas.role = 'img';
    this.#plot.canvas.ariaLabel = this.title;
    this.#preset.addEventListener('change', () => this.#view && this.show(this.#view));
  }

  show(view: FiringView): void {
    this.#view = view;
    const { statistics } = view.result;
    const preset = PRESETS.find((name) => name === this.#preset.value) ?? 'fp32';
    const totals = totalCosts(statistics, preset);
    const costs = Object.values(totals);
    this.#plot.draw((sheet) => paint(sheet, costs, preset));
    const words = costs.map(({ name, energy }) => `${name} ${millijoules(energy)}`).join(', ');
    this.#plot.canvas.ariaLabel = `Energy: ${words}`;
    const { layer } = view;
    const part = layer.accumulates / statistics.totals.network.accumulates;
    const less = totals.dense.energy / totals.network.energy;
    this.#figure.setReadout(
      `${less.toFixed(1)} × less energy for arithmetic than the dense twin. ${layer.name} causes ` +
        `${compact(layer.accumulates)} accumulates, ${percent(part)} of all.`,
    );
    this.#figure.setTable(() => this.#table(view, preset, totals));
  }

  #table(
    { result, layer }: FiringView,
    preset: EnergyPreset,
    { network, engine, formula, dense }: ReturnType<typeof totalCosts>,
  ): Table {
    const parts = partCosts(result.statistics.operations, preset);
    const cells = ({ accumulates, macs, energy }: Cost) => [
      grouped(accumulates),
      grouped(macs),
      millijoules(energy),
    ];
    const line = (name: string, counted: Cost, estimate: Cost, twin: Cost) => [
      name,
      ...cells(counted),
      ...cells(estimate),
      ...cells(twin).slice(1),
      `${(twin.energy / counted.energy).toFixed(1)}\u00a0×`,
    ];
    return {
      columns: [
        'Stage',
        'AC',
        'MAC',
        'Energy',
        'Rate × FLOPs: AC',
        'MAC',
        'Energy',
        'Dense: MAC',
        'Energy',
        'Dense / counted',
      ],
      rows: parts.map((part) => line(part.name, part, part.formula, part.dense)),
      sums: [line('Total', network, formula, dense), ['Total as run here', ...cells(engine)]],
      selected: parts.findIndex(({ name }) => name === layer.group),
    };
  }
}

function millijoules(energy: number): string {
  return `${energy.toPrecision(4)}\u00a0mJ`;
}

const NAME_ROOM = 96;
const VALUE_ROOM = 90;

/** A bar a way to count, what adds first and then what multiplies. */
function paint(
  { context, width, height, theme }: Sheet,
  costs: readonly Cost[],
  preset: EnergyPreset,
) {
  const most = Math.max(...costs.map(({ energy }) => energy));
  const room = width - NAME_ROOM - VALUE_ROOM;
  const step = (height - 20) / costs.length;
  const picojoules = energy45nm[preset];
  costs.forEach(({ name, accumulates, energy }, row) => {
    const top = row * step + 3;
    const thick = step - 6;
    const adds = ((accumulates * picojoules.accumulate * 1e-9) / most) * room;
    const all = (energy / most) * room;
    context.textAlign = 'left';
    context.fillStyle = theme.muted;
    context.fillText(name, 0, top + thick / 2);
    context.fillStyle = stageColor(0);
    context.fillRect(NAME_ROOM, top, adds, thick);
    context.fillStyle = stageColor(1);
    context.fillRect(NAME_ROOM + adds, top, all - adds, thick);
    context.fillStyle = theme.ink;
    context.fillText(millijoules(energy), NAME_ROOM + all + 8, top + thick / 2);
  });
  let x = NAME_ROOM;
  for (const [i, name] of ['accumulates (AC)', 'MACs'].entries()) {
    context.fillStyle = stageColor(i);
    context.fillRect(x, height - 13, 10, 10);
    context.fillStyle = theme.muted;
    context.fillText(name, x + 15, height - 8);
    x += context.measureText(name).width + 35;
  }
}
