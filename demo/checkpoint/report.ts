import type { CheckpointReport, ModelConfig } from '../../src/index.ts';
import { make } from '../dom.ts';
import { millions } from '../format.ts';

const FORMATS: Readonly<Record<CheckpointReport['format'], string>> = {
  zip: 'PyTorch, ZIP',
  legacy: 'PyTorch before 1.6',
  safetensors: 'safetensors',
};
const CLASSES_NAMED = 12;

/** One sentence: whether the file can run. */
export function verdict({ problem, config, classes }: CheckpointReport): string {
  if (problem === undefined) {
    return `A Spike2Former of ${classes.length} classes. Every tensor is there and has its shape.`;
  }
  return config ? 'A Spike2Former, but its tensors do not fit one another: see below.' : problem;
}

/** What a checkpoint holds, and how its tensors fit the network that they seem to be. */
export function reportDetails(report: CheckpointReport): readonly HTMLElement[] {
  const { config, tensors } = report;
  if (config === undefined) return [];
  return [
    make('dl', { className: 'terms' }, ...facts(report, config)),
    names('matched', tensors.matched),
    names(
      'missing',
      tensors.missing.map(({ name, shape }) => `${name} [${shape.join(', ')}]`),
    ),
    names(
      'unexpected',
      tensors.unexpected.map(({ name, shape }) => `${name} [${shape.join(', ')}]`),
    ),
    names(
      'of another shape',
      tensors.misshaped.map(
        ({ name, expected, found }) =>
          `${name} is [${found.join(', ')}], expected [${expected.join(', ')}]`,
      ),
    ),
  ];
}

function facts(report: CheckpointReport, config: ModelConfig): readonly HTMLElement[] {
  const { format, wrapper, parameters, classes } = report;
  const named = classes.slice(0, CLASSES_NAMED).map(({ name }) => name);
  const rows: readonly (readonly [string, string])[] = [
    ['Format', FORMATS[format]],
    ...(wrapper.length > 0 ? ([['Found in', wrapper.join(' → ')]] as const) : []),
    ['Parameters', parameters < 1e5 ? String(parameters) : millions(parameters)],
    [
      'Backbone',
      `widths ${config.embedDim.join(', ')}; ${config.depth3} + ${config.depth4} blocks`,
    ],
    [
      'Encoder',
      `${config.encLayers} × deformable, ${config.dcnGroups} groups, hidden ${config.encFfn}`,
    ],
    [
      'Decoder',
      `${config.decLayers} × attention, ${config.numQueries} queries, hidden ${config.decFfn}`,
    ],
    ['Features', String(config.featChannels)],
    ['Neurons', `0 to D = ${config.levels} spikes`],
    ['Classes', named.join(', ') + (classes.length > CLASSES_NAMED ? ', …' : '')],
  ];
  return rows.flatMap(([term, value]) => [make('dt', {}, term), make('dd', {}, value)]);
}

/** A count that opens into its names, which are made only then. */
function names(kind: string, items: readonly string[]): HTMLElement {
  const summary = `${items.length} ${items.length === 1 ? 'tensor' : 'tensors'} ${kind}`;
  if (items.length === 0) return make('p', { className: 'count' }, summary);
  const list = make('ul', { className: 'tensors' });
  const details = make('details', {}, make('summary', {}, summary), list);
  details.addEventListener('toggle', () => {
    if (list.childElementCount > 0) return;
    list.append(...items.map((item) => make('li', {}, item)));
  });
  return details;
}
