import { basename, join } from 'node:path';
import type { LoadedModel } from '../worker/loader.ts';
import { loadModel, locate } from '../worker/loader.ts';
import { CHECKPOINT_HELP, CHECKPOINT_OPTIONS, checkpointOptions } from './checkpoint-options.ts';
import { writeModel, type WrittenModel } from './convert-files.ts';
import type { Command } from './io.ts';
import { checkpointAt } from './models.ts';
import { COMMON_HELP, onlyArgument, parseOptions, usage } from './options.ts';
import { Reporter } from './reporter.ts';
import { grouped, megabytes, toJson } from './text.ts';

const help = `\
Usage: spikeseg convert CHECKPOINT -o FOLDER [options]

Writes a checkpoint of PyTorch as a model of this package: a folder with
manifest.json and model.safetensors, which loads faster and needs no options.
CHECKPOINT is a file, its http(s) address, or the name of a published model.
It is read as data: nothing in it is executed.

  -o, --output FOLDER  where to write; what is there is not overwritten
  --f16                store weight matrices in half precision: half the size,
                       and slightly other results
${CHECKPOINT_HELP}

${COMMON_HELP}
`;

const options = {
  output: { type: 'string', short: 'o' },
  f16: { type: 'boolean' },
  ...CHECKPOINT_OPTIONS,
} as const;

export const convert: Command = {
  summary: 'write a checkpoint of PyTorch as a model of this package',
  help,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, options);
    const path = onlyArgument(positionals, 'a checkpoint');
    if (values.output === undefined) throw usage('say where to write, with --output FOLDER');
    const reporter = new Reporter(io, values);
    const loaded = await loadModel(locate(checkpointAt(path, checkpointOptions(values))), {
      signal: io.signal,
      onProgress: ({ loaded: read, total }) =>
        reporter.progress(`${basename(path)}: reading`, read / total),
    });
    for (const notice of loaded.notices) reporter.notice(notice);
    const written = await writeModel(values.output, loaded, {
      half: values.f16 === true,
      signal: io.signal,
      onTensor: (done, total) => reporter.progress(`${values.output}: writing`, done / total),
    });
    const text = describeWritten(values.output, loaded, written);
    reporter.result(values.json === true ? toJson({ folder: values.output, ...written }) : text);
    return 0;
  },
};

function describeWritten(
  folder: string,
  { manifest, report }: LoadedModel,
  { bytes, sha256, rounded, values }: WrittenModel,
): string {
  const precision =
    rounded === 0
      ? 'every value is exact'
      : `${grouped(rounded)} of ${grouped(values)} values were rounded`;
  return (
    `${join(folder, 'manifest.json')}\n` +
    `${join(folder, 'model.safetensors')}  ${megabytes(bytes)}, ${precision}\n` +
    `${grouped(report?.tensors.matched.length ?? 0)} tensors, ` +
    `${grouped(manifest.weights.parameters)} parameters, ${manifest.classes.length} classes\n` +
    `sha256 ${sha256}\n`
  );
}
