// Measures the engine beside its peers (bench/README.md): installs those, bundles bench/, runs it.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { wgsl } from './build-plugins.js';
import { npm } from './packages.js';

/** Where imports find the peers, and next the packages of the repository. */
const BUILT = 'bench/node_modules/.built';

// What is missing is said, and left out, by the measurement itself.
if (!existsSync('bench/node_modules')) npm(['ci', '--prefix', 'bench', '--ignore-scripts']);

const bundle = await rolldown({
  input: { main: 'bench/main.ts', process: 'bench/process.ts' },
  platform: 'node',
  external: [/^node:/, 'webgpu'],
  plugins: [wgsl()],
});
await bundle.write({ dir: BUILT, format: 'esm' });

// The code moved away from the folder that it looks beside.
process.env['SPIKESEG_SHARED'] ??= resolve('../shared');
await import(pathToFileURL(resolve(BUILT, 'main.js')).href);
