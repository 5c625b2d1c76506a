import { fileURLToPath } from 'node:url';

/** The folder of goldens, sample photos and trained weights; beside the repository unless told otherwise. */
const root =
  process.env['SPIKESEG_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url));

/** Absolute path of a file or folder in it, e.g. `shared('goldens', 'micro')`. */
export function shared(...parts: readonly string[]): string {
  return [root, ...parts].join('/');
}
