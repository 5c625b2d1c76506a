// Holds the library to its size: all JavaScript that a page loads, the WGSL in it, compressed.
import { bundleSizes } from './bundle-sizes.js';

const BUDGET = 60 * 1024; // bytes

let total = 0;
for (const [name, size] of bundleSizes()) {
  console.log(`${kilobytes(size)}  dist/${name}`);
  total += size;
}

console.log(`${kilobytes(total)}  in all, of ${kilobytes(BUDGET).trim()} (gzip)`);
process.exitCode = total > BUDGET ? 1 : 0;

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1).padStart(6)} KiB`;
}
