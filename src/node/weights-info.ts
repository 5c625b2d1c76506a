import { SpikesegError } from '../errors.ts';
import { openCheckpoint } from '../model/checkpoint/checkpoint.ts';
import { datasetMeta } from '../model/checkpoint/dataset-meta.ts';
import { inferConfig } from '../model/checkpoint/infer.ts';
import type { ModelConfig } from '../model/config.ts';
import { openSafetensors } from '../model/safetensors.ts';
import type { Size } from '../model/shapes.ts';
import type { ByteSource, TensorSource } from '../model/tensors.ts';
import { withFile } from './files.ts';
import {
  fitTensors,
  isPerfect,
  networkText,
  planSize,
  planText,
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

/** @throws SpikesegError `network`, `weights-invalid`, `checkpoint-invalid` if it cannot be read */
export async function inspectWeights(path: string, sizes: readonly Size[]): Promise<WeightsReport> {
  return withFile(path, async (file) => {
    const { source, ...opened } = await openWeights(file, path);
    const infos = [...source.tensors.values()];
    const types: Record<string, number> = {};
    for (const { dtype } of infos) types[dtype] = (types[dtype] ?? 0) + 1;
    const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
    const { config, problem } = infer(source);
    const tensors = config && fitTensors(source, config);
    return {
      path,
      bytes: file.size,
      ...opened,
      types,
      values: infos.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      config,
      problem,
      tensors,
      plans: config ? [OFFICIAL_SIZE, ...sizes].map((size) => planSize(config, size)) : [],
      usable: tensors !== undefined && isPerfect(tensors),
    };
  });
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
    ...(problem === undefined ? [] : [['problem', paint.bad(problem)]]),
  ];
  const plan = report.plans.length > 0 ? `\n${planText(report.plans)}` : '';
  return `${paint.bold(path)}\n\n${fields(rows, paint)}${plan}`;
}

type Opened = { source: TensorSource } & Pick<WeightsReport, 'format' | 'wrapper' | 'classes'>;

async function openWeights(file: ByteSource, path: string): Promise<Opened> {
  if (path.endsWith('.safetensors')) {
    const source = await openSafetensors(file);
    return { source, format: 'safetensors', wrapper: [], classes: undefined };
  }
  const source = await openCheckpoint(file);
  const format = source.format === 'zip' ? 'PyTorch zip' : 'PyTorch legacy';
  const { classes } = datasetMeta(source.meta);
  return { source, format, wrapper: source.wrapper, classes };
}

function infer(source: TensorSource): Pick<WeightsReport, 'config' | 'problem'> {
  try {
    return { config: inferConfig(source), problem: undefined };
  } catch (error) {
    if (!(error instanceof SpikesegError)) throw error;
    return { config: undefined, problem: error.message };
  }
}
