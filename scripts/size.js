// Holds the library to its size: all that a page and its worker load, with the WGSL, compressed.
import { bundleSizes } from './bundle-sizes.js';

const BUDGET = 60 * 1024; // bytes

const sizes = bundleSizes();
for (const [name, size] of sizes) console.log(`${kilobytes(size)}  dist/${name}`);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
console.log(`${kilobytes(total)}  in all, of ${kilobytes(BUDGET).trim()} (gzip)`);
process.exitCode = total > BUDGET ? 1 : 0;

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1).padStart(6)} KiB`;
}
