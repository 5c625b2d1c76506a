import { throwIfAborted } from '../errors.ts';
import { firingRatesCsv, statisticsCsv, statisticsJson } from '../model/export-statistics.ts';
import { expectUsable } from '../model/fit.ts';
import { mergeStatistics } from '../model/merge-statistics.ts';
import { CHECKPOINT_HELP, CHECKPOINT_OPTIONS, checkpointOptions } from './checkpoint-options.ts';
import { writeWhole } from './files.ts';
import type { Command, Io } from './io.ts';
import { planJobs } from './jobs.ts';
import { DEFAULT_MODEL, findSource, MODEL_HELP } from './models.ts';
import { COMMON_HELP, parseOptions, parseSize, usage } from './options.ts';
import { PictureSegmenter, type PictureStatistics } from './picture-segmenter.ts';
import { Reporter } from './reporter.ts';
import { describeStatistics } from './stats-text.ts';
import { Paint } from './text.ts';

const help = `\
Usage: spikeseg stats PICTURE... [options]

Measures on the GPU how the network fires on pictures, or on all pictures in
folders, and what that costs. Several pictures are added up.

  --csv              print a line of CSV for each neuron layer
  --fr-rate          print the rates in the shape of the original's fr_rate.csv
  -o, --output FILE  write there instead
${MODEL_HELP}
  --size WxH         size at which the network runs (default: the model's)
${COMMON_HELP}

${CHECKPOINT_HELP}

A picture that cannot be measured ends the command.
`;

const options = {
  csv: { type: 'boolean' },
  'fr-rate': { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  model: { type: 'string', short: 'm', default: DEFAULT_MODEL },
  size: { type: 'string' },
  ...CHECKPOINT_OPTIONS,
} as const;

interface Formats {
  readonly json?: boolean | undefined;
  readonly csv?: boolean | undefined;
  readonly 'fr-rate'?: boolean | undefined;
}

export const stats: Command = {
  summary: 'measure how the network fires on pictures',
  help,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, options);
    if (positionals.length === 0) throw usage('no picture was named');
    if ([values.json, values.csv, values['fr-rate']].filter(Boolean).length > 1) {
      throw usage('--json, --csv and --fr-rate exclude each other: give one');
    }
    const reporter = new Reporter(io, values);
    const size = values.size === undefined ? undefined : parseSize(values.size);
    const { jobs } = await planJobs(positionals, { mask: undefined, overlay: undefined });
    if (size) expectUsable(size);
    const told = { ...checkpointOptions(values), ...(size ? { size } : {}) };
    const model = await findSource(values.model, told);
    const segmenter = await PictureSegmenter.load(model, {
      size,
      signal: io.signal,
      onProgress: ({ phase, loaded, total }) => reporter.progress(phase, loaded / total),
    });
    for (const notice of segmenter.notices) reporter.notice(notice);
    let sum: PictureStatistics | undefined;
    try {
      for (const [i, { picture }] of jobs.entries()) {
        throwIfAborted(io.signal);
        reporter.progress(picture, i / jobs.length);
        sum = add(sum, await segmenter.measure(picture));
      }
    } finally {
      reporter.clear();
      await segmenter.dispose();
    }
    if (!sum) return 1;
    const text = format(sum, values, io);
    if (values.output === undefined) reporter.result(text);
    else await writeWhole(values.output, new TextEncoder().encode(text));
    return 0;
  },
};

function add(sum: PictureStatistics | undefined, next: PictureStatistics): PictureStatistics {
  if (!sum) return next;
  const images = [...sum.provenance.images, ...next.provenance.images];
  return {
    statistics: mergeStatistics(sum.statistics, next.statistics),
    provenance: { ...sum.provenance, images },
  };
}

function format({ statistics, provenance }: PictureStatistics, formats: Formats, io: Io): string {
  if (formats.json === true) return statisticsJson(statistics, provenance);
  if (formats.csv === true) return statisticsCsv(statistics);
  if (formats['fr-rate'] === true) return firingRatesCsv(statistics);
  return describeStatistics(statistics, new Paint(io.stdout, io.env));
}
