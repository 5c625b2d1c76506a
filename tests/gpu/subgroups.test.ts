import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { minifyWgsl } from '../../scripts/build-plugins.js';
import { compile } from '../../src/gpu/pipeline.ts';
import { openDawn } from '../../src/node/dawn.ts';

const SHADERS = join(import.meta.dirname, '../../shaders');
/** As it is in the repository, and as the package ships it. */
const sources = readdirSync(SHADERS).flatMap((file) => {
  const source = readFileSync(join(SHADERS, file), 'utf8');
  const name = file.replace('.wgsl', '');
  return [
    { name, source },
    { name: `${name} (minified)`, source: minifyWgsl(source) },
  ];
});

describe('a device without subgroups', () => {
  test.for(sources.filter(({ source }) => source.includes('enable subgroups;')))(
    'compiles $name, whose lanes then share nothing',
    async ({ name, source }) => {
      const adapter = await (await openDawn()).requestAdapter();
      const device = await adapter?.requestDevice();
      if (!device) throw new Error('no WebGPU adapter: is a Vulkan driver installed?');
      expect(device.features.has('subgroups')).toBe(false);
      const overrides = [...source.matchAll(/^override (\w+): ?\w+;/gm)].map(([, key = '']) => key);
      const constants = Object.fromEntries(overrides.map((key) => [key, 1]));
      const pipeline = await compile(device, {
        name,
        source,
        constants: { ...constants, SHARED: 0 },
      });
      expect(pipeline.label).toBe(name);
      device.destroy();
    },
  );
});
