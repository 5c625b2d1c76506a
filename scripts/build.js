// Builds the library into dist/: three ES modules with what they share, the custom element, and
// the type declarations.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { addressesFromDist, staticImports, wgsl } from './build-plugins.js';

const ENTRIES = {
  index: 'src/index.ts',
  worker: 'src/worker/host.ts',
  cli: 'src/node/cli.ts',
};

rmSync('dist', { recursive: true, force: true });
const target = 'es2022';
/** @type {import('rolldown').OutputOptions} */
const output = {
  dir: 'dist',
  format: 'esm',
  minify: true,
  sourcemap: true,
  comments: { legal: true },
};
// What runs in the worker, and nowhere on the page's own thread, is loaded as a whole.
const page = staticImports(ENTRIES.index);
const engine = staticImports('src/worker/backend.ts');
const library = await rolldown({
  input: ENTRIES,
  platform: 'browser',
  // The optional peers stay out; comlink goes in, as a worker has no import map to find it by.
  external: [/^node:/, 'webgpu', 'sharp'],
  preserveEntrySignatures: 'allow-extension',
  plugins: [wgsl(), addressesFromDist(ENTRIES), page.plugin, engine.plugin],
  transform: { target },
});
await library.write({
  ...output,
  chunkFileNames: '[name].js',
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [{ name: 'engine', test: (id) => engine.modules.has(id) && !page.modules.has(id) }],
  },
});

// The element stands on the public module, as pages do: what it needs makes no page's load larger.
const publicModule = resolve('src/index.ts');
const element = await rolldown({
  input: { element: 'src/element/index.ts' },
  platform: 'browser',
  external: [publicModule],
  transform: { target },
});
await element.write({ ...output, paths: { [publicModule]: './index.js' } });

chmodSync('dist/cli.js', 0o755);
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});

// tsc rewrites the extensions of imports in modules, but not in declarations.
for (const name of readdirSync('dist/types', { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.d.ts')) continue;
  const file = join('dist/types', name);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/(from '\.[^']*)\.ts'/g, "$1.js'"));
}
