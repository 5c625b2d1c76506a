import { basename } from 'node:path';
import { SpikesegError, throwIfAborted, type SpikesegErrorCode } from '../errors.ts';
import { expectUsable } from '../model/fit.ts';
import type { Progress } from '../worker/api.ts';
import { CHECKPOINT_HELP, CHECKPOINT_OPTIONS, checkpointOptions } from './checkpoint-options.ts';
import type { Command } from './io.ts';
import { planJobs } from './jobs.ts';
import { DEFAULT_MODEL, findSource, MODEL_HELP } from './models.ts';
import { COMMON_HELP, parseOptions, parseSize, usage } from './options.ts';
import { PictureSegmenter } from './picture-segmenter.ts';
import { Reporter } from './reporter.ts';
import { describeResult } from './segment-result.ts';
import { Paint, toJson, toJsonLine } from './text.ts';

const help = `\
Usage: spikeseg segment PICTURE... [options]

Labels every pixel of pictures (AVIF, GIF, JPEG, PNG, TIFF, WebP), or of all
pictures in folders, and prints the share of each class.

  -o, --output PATH  write the label map: a PNG whose pixel values are the class
                     indices, with the colours of the classes as its palette;
                     a folder if there are several pictures
  --overlay PATH     write the photo under the colours of the classes; likewise
${MODEL_HELP}
  --size WxH         size at which the network runs (default: the model's)
${COMMON_HELP}

${CHECKPOINT_HELP}

With --json, one object for a picture, or one in each line for several. A
picture that cannot be segmented is named and left out; the exit status is
then 1.
`;

const options = {
  output: { type: 'string', short: 'o' },
  overlay: { type: 'string' },
  model: { type: 'string', short: 'm', default: DEFAULT_MODEL },
  size: { type: 'string' },
  ...CHECKPOINT_OPTIONS,
} as const;

export const segment: Command = {
  summary: 'label every pixel of pictures',
  help,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, options);
    if (positionals.length === 0) throw usage('no picture was named');
    const reporter = new Reporter(io, values);
    const size = values.size === undefined ? undefined : parseSize(values.size);
    const outputs = { mask: values.output, overlay: values.overlay };
    const { jobs, single, ignored } = await planJobs(positionals, outputs);
    if (size) expectUsable(size);
    const told = { ...checkpointOptions(values), ...(size ? { size } : {}) };
    const model = await findSource(values.model, told);
    if (ignored > 0) reporter.notice(`${files(ignored)} ignored: no pictures by their names`);

    const segmenter = await PictureSegmenter.load(model, {
      size,
      signal: io.signal,
      onProgress: ({ phase, loaded, total }) =>
        reporter.progress(`${basename(values.model)}: ${PHASES[phase]}`, loaded / total),
    });
    for (const notice of segmenter.notices) reporter.notice(notice);
    const paint = new Paint(io.stdout, io.env);
    let failed = 0;
    try {
      for (const [i, job] of jobs.entries()) {
        throwIfAborted(io.signal);
        reporter.progress(single ? job.picture : `[${i + 1}/${jobs.length}] ${job.picture}`);
        try {
          const result = await segmenter.run(job);
          if (values.json === true) reporter.result(single ? toJson(result) : toJsonLine(result));
          else if (job.mask === undefined) reporter.result(describeResult(result, paint));
        } catch (error) {
          if (!isAboutPicture(error)) throw error;
          failed++;
          reporter.error(error.message);
        }
      }
    } finally {
      reporter.clear();
      await segmenter.dispose();
    }
    if (failed > 0 && !single) reporter.error(`${failed} of ${jobs.length} pictures failed`);
    return failed > 0 ? 1 : 0;
  },
};

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  download: 'reading the weights',
  verify: 'checking the weights',
  upload: 'preparing the weights',
  compile: 'compiling the kernels',
  'warm-up': 'warming up',
};

/** Whether the next picture may still succeed. */
function isAboutPicture(error: unknown): error is SpikesegError {
  const codes: readonly SpikesegErrorCode[] = ['image-invalid', 'network', 'out-of-memory'];
  return error instanceof SpikesegError && codes.includes(error.code);
}

function files(count: number): string {
  return count === 1 ? '1 file was' : `${count} files were`;
}
