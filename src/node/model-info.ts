import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { compareTensors } from '../model/check-tensors.ts';
import { fit } from '../model/fit.ts';
import type { ModelManifest, Preprocessing } from '../model/manifest.ts';
import type { ModelMetrics } from '../model/metrics.ts';
import { openSafetensors } from '../model/safetensors.ts';
import type { Size } from '../model/shapes.ts';
import { refuse, withFile } from './files.ts';
import type { ModelFolder } from './models.ts';
import {
  isPerfect,
  networkText,
  planSize,
  planText,
  tensorFit,
  tensorText,
  type SizePlan,
  type TensorFit,
} from './network-info.ts';
import { fields, grouped, megabytes, percent, sizeText, table, type Paint } from './text.ts';

/** What `info --json` prints of a model: its manifest, and how its weights file keeps it. */
export interface ModelReport extends ModelManifest {
  readonly path: string;
  readonly file: {
    readonly path: string;
    readonly bytes: number;
    readonly sha256: string;
    /** Whether length and SHA-256 are those of the manifest. */
    readonly verified: boolean;
  };
  readonly tensors: TensorFit;
  readonly plans: readonly SizePlan[];
  readonly usable: boolean;
}

/** @throws SpikesegError `network`, `weights-invalid`; `invalid-argument` for an unusable size */
export async function inspectModel(
  { manifest, manifestPath, weightsPath }: ModelFolder,
  sizes: readonly Size[],
): Promise<ModelReport> {
  const { preprocessing, config, weights } = manifest;
  const [height, width] = preprocessing.size;
  const own = { height, width };
  const inputs = [undefined, ...sizes].map((size) => fit(preprocessing, size ?? own, size).input);
  const sha256 = await hash(weightsPath);
  return withFile(weightsPath, async (file) => {
    const verified = sha256 === weights.sha256 && file.size === weights.bytes;
    const tensors = tensorFit(compareTensors(await openSafetensors(file), config));
    return {
      ...manifest,
      path: manifestPath,
      file: { path: weightsPath, bytes: file.size, sha256, verified },
      tensors,
      plans: inputs.map((size) => planSize(config, size)),
      usable: verified && isPerfect(tensors),
    };
  });
}

/** The report for people. */
export function describeModel(report: ModelReport, paint: Paint): string {
  const { name, title, description, config, weights, file, licence, tensors, plans } = report;
  const { parameters, dtype } = weights;
  const integrity = file.verified
    ? paint.good('verified')
    : paint.bad('NOT what the manifest promises: fetch the weights again');
  const rows = [
    ['network', networkText(config)],
    ['input', preprocessingText(report.preprocessing)],
    ['parameters', `${grouped(parameters)}, stored as ${dtype}, ${megabytes(file.bytes)}`],
    ['file', file.path],
    ['sha256', `${file.sha256} ${integrity}`],
    ['tensors', tensorText(tensors)],
    ...metricRows(report.metrics),
    ...(licence ? [['licence', [licence.weights, licence.note].filter(Boolean).join('. ')]] : []),
    ['trained on', report.sources.join('\n')],
  ];
  return (
    `${paint.bold(name)}  ${title}\n${description}\n\n` +
    `${classTable(report, paint)}\n${fields(rows, paint)}\n${planText(plans)}`
  );
}

function classTable({ classes, metrics }: ModelReport, paint: Paint): string {
  const rows = classes.map(({ name, color }, index) => {
    const iou = metrics?.iou?.[index];
    return [
      index.toString(),
      paint.swatch(color),
      color,
      name,
      iou === undefined ? '' : `IoU ${iou.toFixed(3)}`,
    ];
  });
  return table(rows, 'rllll');
}

function preprocessingText(preprocessing: Preprocessing): string {
  const [height, width] = preprocessing.size;
  const averaged = preprocessing.antialias ? ', averaged where it shrinks' : '';
  if (preprocessing.fit === 'stretch') {
    return `stretched to ${sizeText({ width, height })}${averaged}`;
  }
  const [long, short] = preprocessing.scale;
  const padding =
    preprocessing.divisor > 1 ? `, padded to multiples of ${preprocessing.divisor}` : '';
  return `in its own shape, within ${long} × ${short}${averaged}${padding}`;
}

function metricRows(metrics: ModelMetrics | undefined): string[][] {
  if (!metrics) return [];
  const { images, miou, accuracy, firing, nonzero } = metrics;
  const of = images === undefined ? '' : ` on ${images} pictures`;
  const quality = [
    miou === undefined ? '' : `mIoU ${miou.toFixed(3)}`,
    accuracy === undefined ? '' : `pixel accuracy ${accuracy.toFixed(3)}`,
  ].filter(Boolean);
  const activity = [
    nonzero === undefined ? '' : `${percent(nonzero)} of the neurons fire`,
    firing === undefined ? '' : `mean rate ${firing.toFixed(3)}`,
  ].filter(Boolean);
  return [
    ...(quality.length > 0 ? [['quality', quality.join(', ') + of]] : []),
    ...(activity.length > 0 ? [['activity', activity.join(', ')]] : []),
  ];
}

async function hash(path: string): Promise<string> {
  const digest = createHash('sha256');
  const stream = createReadStream(path);
  const done = (async () => {
    for await (const chunk of stream) digest.update(chunk as Buffer);
  })();
  await done.catch(refuse(path, 'read'));
  return digest.digest('hex');
}
