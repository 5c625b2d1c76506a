// Holds the library to its size: all JavaScript that a page loads, the WGSL in it, compressed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET = 60 * 1024; // bytes

const files = readdirSync('dist').filter((name) => name.endsWith('.js') && name !== 'cli.js');
let total = 0;
for (const name of files) {
  const size = gzipSync(readFileSync(join('dist', name)), { level: 9 }).length;
  console.log(`${kilobytes(size)}  dist/${name}`);
  total += size;
}

console.log(`${kilobytes(total)}  in all, of ${kilobytes(BUDGET).trim()} (gzip)`);
process.exitCode = total > BUDGET ? 1 : 0;

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1).padStart(6)} KiB`;
}
