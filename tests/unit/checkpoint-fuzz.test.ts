import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SpikesegError } from '../../src/errors.ts';
import { Budget } from '../../src/model/checkpoint/budget.ts';
import { openCheckpoint } from '../../src/model/checkpoint/checkpoint.ts';
import { ZipArchive } from '../../src/model/checkpoint/zip.ts';
import {
  TENSOR_OPCODES,
  WatchedFile,
  checkpointFixture,
  latin1,
  legacyFile,
} from '../support/checkpoints.ts';
import { mutate } from '../support/mutate.ts';
import { random } from '../support/random.ts';
import { shared } from '../support/shared.ts';
import { storedZip } from '../support/zip.ts';

/** Together; set the variables to search longer, or to repeat a run. */
const CASES = Number(process.env['SPIKESEG_FUZZ_CASES'] ?? 110_000);
const SEED = Number(process.env['SPIKESEG_FUZZ_SEED'] ?? 20_251_122);
/** Most cases take a fraction of a millisecond; this allows for a busy machine, not for a hang. */
const MOST_MS = 5000;

type Bytes = Uint8Array;
const next = random(SEED);
const pick = <Item>(items: readonly Item[]) => items[Math.floor(next() * items.length)] as Item;
const onDisk = (path: string) => WatchedFile.fromDisk(path).bytes;
const micro = (name: string) => onDisk(shared('goldens', 'micro', name));
const malicious = shared('goldens', 'malicious');

/** Small and well-formed, from PyTorch; hostile ones, which are one fault further already. */
const FILES: readonly Bytes[] = [
  micro('checkpoint_cuda_tag.pth'),
  ...['wrapped.pth', 'zip_protocol4.pth', 'legacy_protocol2.pth', 'legacy_protocol4.pth'].map(
    (name) => onDisk(checkpointFixture(name)),
  ),
  ...readdirSync(malicious)
    .filter((name) => name.endsWith('.pth'))
    .map((name) => onDisk(`${malicious}/${name}`))
    .filter(({ length }) => length > 0 && length < 10_000),
];
const LARGE = ['mmengine', 'mmengine_torch213', 'plain', 'legacy'].map((name) =>
  micro(`checkpoint_${name}.pth`),
);
const LARGE_CASES = 6;

/** What MMEngine keeps: the one use of getattr that is allowed. */
const HISTORY =
  'cmmengine.logging.history_buffer\nHistoryBuffer\n\x94)\x81}U\x03minc__builtin__\ngetattr\n' +
  'h\x00U\x03min\x86Rsb';
const ARRAY =
  'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R' +
  '(K\x01K\x02\x85cnumpy\ndtype\nU\x02f4\x89\x88\x87R(K\x03U\x01<NNNtb\x89C\x00tb';
const OBJECTS = `}(U\x01h${HISTORY}U\x01a${ARRAY}U\x01w${TENSOR_OPCODES}u`;
const ONES = '\x00\x00\x80?'.repeat(4);
const LEGACY = legacyFile(OBJECTS, ']U\x010a', `\x04${'\x00'.repeat(7)}${ONES}`);

/** A pickle and the other records of its archive. */
interface Unpacked {
  readonly pickle: Bytes;
  readonly others: ReadonlyMap<string, Bytes>;
}

async function unpack(bytes: Bytes): Promise<Unpacked> {
  const archive = await ZipArchive.open(new WatchedFile('', bytes), new Budget(bytes.length));
  const records = new Map<string, Bytes>();
  for (const [name, record] of archive.records) {
    records.set(name.replace(/^[^/]*/, 'archive'), await archive.read(record, 0, record.size));
  }
  const pickle = records.get('archive/data.pkl') ?? new Uint8Array();
  records.delete('archive/data.pkl');
  return { pickle, others: records };
}

/** Right checksums, so that the fault is found by what reads the pickle. */
function pack(pickle: Bytes, { others }: Unpacked): Bytes {
  return storedZip(new Map([['archive/data.pkl', pickle], ...others]));
}

/** Opens a mutant and reads all of it: it may only succeed, or be refused with the typed error. */
async function refusalOf(mutant: Bytes): Promise<string | undefined> {
  const file = new WatchedFile('mutant', mutant);
  try {
    const checkpoint = await openCheckpoint(file);
    for (const [name, { shape }] of checkpoint.tensors) {
      const values = await checkpoint.read(name);
      expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
    }
    return undefined;
  } catch (error) {
    if (error instanceof SpikesegError && error.code === 'checkpoint-invalid') return error.message;
    const found = Buffer.from(mutant.subarray(0, 4096)).toString('base64');
    throw new Error(`a mutant of seed ${SEED} broke the reader: ${found}`, { cause: error });
  }
}

test(
  'no mutant of a checkpoint hangs, crashes or ends in an untyped error',
  { timeout: 600_000 },
  async () => {
    const archives = await Promise.all(
      [checkpointFixture('zip_protocol2.pth'), checkpointFixture('zip_protocol5.pth')].map((path) =>
        unpack(onDisk(path)),
      ),
    );
    const tiny = await unpack(onDisk(`${malicious}/control_valid.pth`));
    const objects: Unpacked = { ...tiny, pickle: latin1(`${OBJECTS}.`) };
    archives.push(tiny, objects, objects);
    for (const base of [LEGACY, ...archives.map((archive) => pack(archive.pickle, archive))]) {
      expect(await refusalOf(base)).toBeUndefined();
    }

    const kinds: (() => Bytes)[] = [
      () => mutate(pick(FILES), pick(FILES), next),
      () => mutate(LEGACY, pick(FILES), next),
      () => {
        const archive = pick(archives);
        return pack(mutate(archive.pickle, pick(archives).pickle, next), archive);
      },
    ];
    const mutants = function* () {
      for (const large of LARGE) {
        for (let i = 0; i < LARGE_CASES; i++) yield mutate(large, pick(FILES), next);
      }
      for (let i = LARGE.length * LARGE_CASES; i < CASES; i++) yield pick(kinds)();
    };

    const reasons = new Set<string>();
    let [cases, accepted, slowest] = [0, 0, 0];
    for (const mutant of mutants()) {
      const start = performance.now();
      const refusal = await refusalOf(mutant);
      slowest = Math.max(slowest, performance.now() - start);
      cases++;
      if (refusal === undefined) accepted++;
      else reasons.add(refusal.replaceAll(/"(\\.|[^"\\])*"|-?\d+/g, '…'));
    }
    console.log(
      `${cases} mutants of seed ${SEED}: ${accepted} accepted, ${reasons.size} kinds of refusal, ` +
        `the slowest took ${slowest.toFixed(0)} ms`,
    );
    expect(cases).toBe(CASES);
    expect(slowest).toBeLessThan(MOST_MS);
    // Proof that mutants get past the first checks: an even spread of refusals, and survivors.
    expect(reasons.size).toBeGreaterThan(50);
    expect(accepted).toBeGreaterThan(CASES / 100);
  },
);
