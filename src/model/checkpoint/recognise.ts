import { checkpointError } from './error.ts';

/** Bytes of the beginning that {@link recognise} wants to see. */
export const HEAD_BYTES = 512;

const PICKLE_PROTOCOL = 0x80;
/** As a pickle spells it: LONG1, 10 bytes, the number from its lowest byte. */
const MAGIC = '\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19';
const ADVICE = 'Expected what torch.save writes: choose the .pth file itself';

/** Files that are taken for checkpoints by accident, by how they begin. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [
    /^version https:\/\/git-lfs/,
    'it is a Git LFS pointer, a note where the real file is; fetch that with "git lfs pull"',
  ],
  [
    /^[\s\uFEFF]*<(!doctype|html|head|\?xml)/i,
    'it is not a checkpoint but a web page (HTML), as servers send instead of a missing file; ' +
      'open the link in a browser to see why',
  ],
  [/^\x89HDF/, `it is an HDF5 file, not a checkpoint of PyTorch. ${ADVICE}`],
  [/^\x1f\x8b/, `it is compressed with gzip, not a checkpoint as it is; unpack it first`],
  [/^[\s\S]{257}ustar/, `it is a tar archive, not a checkpoint as it is; unpack it first`],
  [/^[\s\S]{8}\{"/, 'it is a safetensors file, not a checkpoint of PyTorch; name it .safetensors'],
];

/**
 * The format of a file by its beginning.
 *
 * - `head`: its first {@link HEAD_BYTES} bytes, or all
 *
 * @throws SpikesegError `checkpoint-invalid` saying what the file seems to be instead
 */
export function recognise(head: Uint8Array): 'zip' | 'legacy' {
  if (head.length === 0) {
    throw checkpointError(`it is an empty file (0 bytes). ${ADVICE}, or fetch it again`);
  }
  const text = String.fromCharCode(...head);
  if (text.startsWith('PK')) return 'zip';
  if (head[0] === PICKLE_PROTOCOL && text.slice(0, 32).includes(MAGIC)) return 'legacy';
  const [, problem] = OTHERS.find(([pattern]) => pattern.test(text)) ?? [];
  if (problem !== undefined) throw checkpointError(problem);
  if (head[0] === PICKLE_PROTOCOL) {
    throw checkpointError(
      'it is a bare pickle, not a torch checkpoint; nothing in it was executed. Save it with ' +
        'torch.save instead of pickle.dump',
    );
  }
  throw checkpointError(`it is not a torch checkpoint, nor any other format known here. ${ADVICE}`);
}
