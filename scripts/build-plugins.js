import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';

/**
 * Imports `x.wgsl?raw` as text, as Vite does, without what only people need.
 * @returns {import('rolldown').Plugin}
 */
export function wgsl() {
  const suffix = /\.wgsl\?raw$/;
  return {
    name: 'wgsl',
    resolveId: {
      filter: { id: suffix },
      handler: (id, importer) => resolve(dirname(importer ?? ''), id),
    },
    load: {
      filter: { id: suffix },
      async handler(id) {
        const source = await readFile(id.replace(/\?raw$/, ''), 'utf8');
        return `export default ${JSON.stringify(minifyWgsl(source))};`;
      },
    },
  };
}

/** Spaces beside what parts tokens by itself, or between a name and an operator: not beside < and >. */
const NEEDLESS =
  /(?<=[,;:(){}[\]]) | (?=[,;:(){}[\]])|(?<=[-+*/%&|=!]) (?=\w)|(?<=\w) (?=[-+*/%&|=!])/g;

/**
 * The same module without comments, indentation, needless spaces and empty lines. WGSL has no string
 * literals.
 * @param {string} source
 */
export function minifyWgsl(source) {
  const lines = source.replace(/\/\*[^]*?\*\/|\/\/.*/g, ' ').split('\n');
  return lines
    .map((line) => line.trim().replace(/\s+/g, ' ').replace(NEEDLESS, ''))
    .filter(Boolean)
    .join('\n');
}

/**
 * Lets `new URL('./file', import.meta.url)` in a source file name the same file from dist/, where
 * the code moves. An entry is named by what it is built into.
 * @param {Readonly<Record<string, string>>} entries
 * @returns {import('rolldown').Plugin}
 */
export function addressesFromDist(entries) {
  const outputs = new Map(
    Object.entries(entries).map(([name, source]) => [resolve(source), `./${name}.js`]),
  );
  const address = /(?<=new URL\(\s*')\.[^']*(?=',\s*import\.meta\.url)/g;
  return {
    name: 'addresses-from-dist',
    transform: {
      filter: { code: 'import.meta.url' },
      handler(code, id) {
        const moved = code.replace(address, (path) => {
          const file = resolve(dirname(id), path);
          return outputs.get(file) ?? relative('dist', file).replaceAll(sep, '/');
        });
        return { code: moved, map: null };
      },
    },
  };
}

/**
 * Finds what a module imports, and what that imports, but for what is imported on demand. The modules
 * are there once all are loaded.
 * @param {string} root
 * @returns {{ plugin: import('rolldown').Plugin, modules: ReadonlySet<string> }}
 */
export function staticImports(root) {
  const modules = new Set([resolve(root)]);
  const plugin = {
    name: `static-imports of ${root}`,
    /** @this {import('rolldown').PluginContext} */
    buildEnd() {
      // The set grows while it is walked, until every import has been followed.
      for (const id of modules)
        for (const imported of this.getModuleInfo(id)?.importedIds ?? []) modules.add(imported);
    },
  };
  return { plugin, modules };
}
