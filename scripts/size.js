// Holds the library to its size: all that a page and its worker load, with the WGSL, compressed.
// What they import on demand, and what only the command needs, is not part of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET = 60 * 1024; // bytes

const files = new Set(['index.js', 'worker.js']);
let total = 0;
for (const name of files) {
  const code = readFileSync(join('dist', name), 'utf8');
  // The set grows while it is walked, until every import has been followed.
  for (const [, imported = ''] of code.matchAll(/(?:from|import)"\.\/([^"]+)"/g))
    files.add(imported);
  const size = gzipSync(code, { level: 9 }).length;
  console.log(`${kilobytes(size)}  dist/${name}`);
  total += size;
}
console.log(`${kilobytes(total)}  in all, of ${kilobytes(BUDGET).trim()} (gzip)`);
process.exitCode = total > BUDGET ? 1 : 0;

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1).padStart(6)} KiB`;
}
