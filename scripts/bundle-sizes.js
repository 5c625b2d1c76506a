import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * What a page loads of the built library, each file compressed by itself: name and bytes.
 * @returns {[string, number][]}
 * @throws if the library is not built
 */
export function bundleSizes() {
  return readdirSync('dist')
    .filter((name) => name.endsWith('.js') && name !== 'cli.js')
    .map((name) => [name, gzipSync(readFileSync(join('dist', name)), { level: 9 }).length]);
}
