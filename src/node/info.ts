import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { published } from '../model/registry/registry.ts';
import type { ByteSource } from '../model/tensors.ts';
import { openFile, sliceable } from '../worker/files.ts';
import { withFile } from './files.ts';
import type { Command } from './io.ts';
import { describeModel, inspectModel, type ModelReport } from './model-info.ts';
import { findModel, isAddress } from './models.ts';
import { COMMON_HELP, onlyArgument, parseOptions, parseSize } from './options.ts';
import { Reporter } from './reporter.ts';
import { Paint, toJson } from './text.ts';
import { describeWeights, inspectWeights, type WeightsReport } from './weights-info.ts';

const help = `\
Usage: spikeseg info MODEL [options]

Tells what a model is: name of a bundled model, a folder with a manifest.json,
such a file, or a weights file alone (.safetensors, or a checkpoint of PyTorch,
which is read as data: nothing in it is executed), on disk, at an http(s)
address, or a published model's by its name. The exit status is 1 if the
weights are not what they should be.

  --size WxH         also plan a network of this size; may be given again
${COMMON_HELP}
`;

const options = { size: { type: 'string', multiple: true } } as const;

export const info: Command = {
  summary: 'tell what a model or a weights file is',
  help,
  async run(args, io) {
    const { values, positionals } = parseOptions(args, options);
    const path = onlyArgument(positionals, 'a model');
    const sizes = (values.size ?? []).map(parseSize);
    const reporter = new Reporter(io, values);
    const paint = new Paint(io.stdout, io.env);
    const print = (report: ModelReport | WeightsReport, text: string) => {
      reporter.result(values.json === true ? toJson(report) : text);
      return report.usable ? 0 : 1;
    };
    const inspect = (file: ByteSource) => inspectWeights(file, path, sizes);
    const address = published(path)?.url ?? (isAddress(path) ? path : undefined);
    if (address !== undefined) {
      const file = await openFile(address, io.signal, (loaded, total) =>
        reporter.progress(`${path}: fetching`, loaded / total),
      );
      const report = await inspect(sliceable(file, address));
      return print(report, describeWeights(report, paint));
    }
    if (extname(path) !== '.json' && (await isFile(path))) {
      const report = await withFile(path, inspect);
      return print(report, describeWeights(report, paint));
    }
    const report = await inspectModel(await findModel(path), sizes);
    return print(report, describeModel(report, paint));
  },
};

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ?? false;
}
