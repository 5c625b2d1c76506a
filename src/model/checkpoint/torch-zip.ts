import { quoted } from '../describe.ts';
import type { ByteSource } from '../tensors.ts';
import { Budget } from './budget.ts';
import { type Container, storageFromId } from './container.ts';
import { checkpointError } from './error.ts';
import { unpickle } from './pickle.ts';
import { ZipArchive } from './zip.ts';
import type { ZipRecord } from './zip-directory.ts';

/**
 * Opens what `torch.save` has written since PyTorch 1.6: a ZIP of `PREFIX/data.pkl`, the object, and
 * `PREFIX/data/KEY`, its storages. The prefix is the file's first name or `archive`.
 *
 * @throws SpikesegError `checkpoint-invalid`
 * @see https://docs.pytorch.org/docs/stable/notes/serialization.html
 */
export async function openTorchZip(file: ByteSource): Promise<Container> {
  const budget = new Budget(file.size);
  const archive = await ZipArchive.open(file, budget);
  const { prefix, pickle } = findPickle(archive);
  archive.expectStored();
  await expectLittleEndian(archive, prefix);

  budget.spend(pickle.size);
  const bytes = await archive.read(pickle, 0, pickle.size);
  const { value: root } = unpickle(bytes, 0, budget, storageFromId);
  const recordName = (key: string) => `${prefix}data/${key}`;
  return {
    format: 'zip',
    root,
    locate({ key }) {
      const name = recordName(key);
      return { place: `record ${quoted(name)}`, bytes: archive.records.get(name)?.size };
    },
    async readStorage({ key }, start, end) {
      const record = archive.records.get(recordName(key));
      if (record !== undefined) return archive.read(record, start, end);
      throw checkpointError(`record ${quoted(recordName(key))} is missing; fetch the file again`);
    },
  };
}

function findPickle({ records }: ZipArchive): { prefix: string; pickle: ZipRecord } {
  const prefixes = [...records.keys()].flatMap((name) => {
    const prefix = /^([^/]*\/)?data\.pkl$/.exec(name);
    return prefix === null ? [] : [prefix[1] ?? ''];
  });
  const [prefix, second] = prefixes;
  const pickle = records.get(`${prefix ?? ''}data.pkl`);
  if (prefix === undefined || pickle === undefined) {
    throw checkpointError(
      'it is a ZIP archive without a data.pkl, so not what torch.save writes; choose the .pth file ' +
        'itself',
    );
  }
  if (second !== undefined) {
    throw checkpointError(
      'it holds more than one data.pkl, so that readers disagree on what is in it; do not trust ' +
        'the file',
    );
  }
  if (records.has(`${prefix}constants.pkl`)) {
    throw checkpointError(
      'it is a TorchScript archive: a program, not a state_dict. Load it in PyTorch with ' +
        'torch.jit.load and save its state_dict() with torch.save',
    );
  }
  return { prefix, pickle };
}

async function expectLittleEndian(archive: ZipArchive, prefix: string): Promise<void> {
  const record = archive.records.get(`${prefix}byteorder`);
  if (record === undefined) return;
  const order = await archive.read(record, 0, Math.min(record.size, 16));
  const text = String.fromCharCode(...order);
  if (text === 'little') return;
  throw checkpointError(
    `its byte order is ${quoted(text)}, expected "little"; save it again on a little-endian machine`,
  );
}
