import { datasetMeta } from '../model/checkpoint/dataset-meta.ts';
import { openWeights } from '../model/checkpoint/open-weights.ts';
import { reportCheckpoint } from '../model/checkpoint/report.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Size } from '../model/shapes.ts';
import type { ByteSource } from '../model/tensors.ts';
import {
  networkText,
  planSize,
  planText,
  tensorFit,
  tensorText,
  type SizePlan,
  type TensorFit,
} from './network-info.ts';
import { fields, grouped, megabytes, type Paint } from './text.ts';

/** What `info --json` prints of a weights file without a manifest. */
export interface WeightsReport {
  readonly path: string;
  readonly bytes: number;
  readonly format: 'safetensors' | 'PyTorch zip' | 'PyTorch legacy';
  /** Tensors of each stored type. */
  readonly types: Readonly<Record<string, number>>;
  readonly values: number;
  /** What a checkpoint's tensors were found in. */
  readonly wrapper: readonly string[];
  /** Names that a checkpoint gives its classes. */
  readonly classes: readonly string[] | undefined;
  /** What the names and shapes say; undefined if it is no Spike2Former. */
  readonly config: ModelConfig | undefined;
  /** Why it cannot be used. */
  readonly problem: string | undefined;
  readonly tensors: TensorFit | undefined;
  readonly plans: readonly SizePlan[];
  readonly usable: boolean;
}

/** Of the released models' pictures. */
const OFFICIAL_SIZE = { width: 512, height: 512 };

const FORMATS = {
  zip: 'PyTorch zip',
  legacy: 'PyTorch legacy',
  safetensors: 'safetensors',
} as const;

/**
 * @param path where the file is, as the user named it
 * @throws SpikesegError `network`, `weights-invalid`, `checkpoint-invalid` if it cannot be read
 */
export async function inspectWeights(
  file: ByteSource,
  path: string,
  sizes: readonly Size[],
): Promise<WeightsReport> {
  const weights = await openWeights(file);
  const { format, wrapper, config, problem, tensors } = reportCheckpoint(weights);
  const infos = [...weights.tensors.tensors.values()];
  const types: Record<string, number> = {};
  for (const { dtype } of infos) types[dtype] = (types[dtype] ?? 0) + 1;
  const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  return {
    path,
    bytes: file.size,
    format: FORMATS[format],
    types,
    values: infos.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    wrapper,
    classes: datasetMeta(weights.meta).classes,
    config,
    problem,
    tensors: config && tensorFit(tensors),
    plans: config ? [OFFICIAL_SIZE, ...sizes].map((size) => planSize(config, size)) : [],
    usable: problem === undefined,
  };
}

/** The report for people. */
export function describeWeights(report: WeightsReport, paint: Paint): string {
  const { path, bytes, format, types, values, wrapper, classes, config, problem } = report;
  const count = Object.entries(types).map(([type, tensors]) => `${tensors} of type ${type}`);
  const rows = [
    ['format', `${format}, ${megabytes(bytes)}`],
    ['tensors', `${count.join(', ')}; ${grouped(values)} values`],
    ...(wrapper.length > 0 ? [['found in', wrapper.join(' → ')]] : []),
    ...(config ? [['network', networkText(config)]] : []),
    ...(report.tensors ? [['names', tensorText(report.tensors)]] : []),
    ...(classes ? [['classes', classes.join(', ')]] : []),
    // Tensors that do not fit are listed above.
    ...(config || problem === undefined ? [] : [['problem', paint.bad(problem)]]),
  ];
  const plan = report.plans.length > 0 ? `\n${planText(report.plans)}` : '';
  return `${paint.bold(path)}\n\n${fields(rows, paint)}${plan}`;
}
