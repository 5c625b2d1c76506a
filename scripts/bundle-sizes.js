import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * What a page and its worker load of the built library, each file compressed by itself: name and
 * bytes. What they import on demand, and what only the command needs, is not part of it.
 * @returns {[string, number][]}
 * @throws if the library is not built
 */
export function bundleSizes() {
  // The set grows while it is walked, until every import has been followed.
  const files = new Set(['index.js', 'worker.js']);
  return Array.from(files.values(), (name) => {
    const code = readFileSync(join('dist', name), 'utf8');
    for (const [, imported = ''] of code.matchAll(/(?:from|import)"\.\/([^"]+)"/g))
      files.add(imported);
    return [name, gzipSync(code, { level: 9 }).length];
  });
}
