import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

function node(...args: readonly string[]): string {
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
}

describe('the built package (npm run build)', { timeout: 60_000 }, () => {
  const packed = packedFiles();

  test.for(['index.js', 'element.js'])('does nothing when its %s is imported', (file) => {
    const script = `
      const gpu = () => { throw new Error('navigator.gpu was touched'); };
      Object.defineProperty(globalThis, 'navigator', { value: Object.create(null, { gpu: { get: gpu } }) });
      const before = Reflect.ownKeys(globalThis);
      await import('./dist/${file}');
      await new Promise((resolve) => setTimeout(resolve, 50)); // the file itself is still being closed
      const globals = Reflect.ownKeys(globalThis).filter((key) => !before.includes(key));
      console.log(JSON.stringify({ globals, resources: process.getActiveResourcesInfo() }));`;
    const output = node('--input-type=module', '-e', script);
    // The pipe is this test's own: what the script prints goes through it.
    const { globals, resources } = JSON.parse(output) as Record<string, string[]>;
    expect(globals).toEqual([]);
    expect(resources?.filter((name) => name !== 'PipeWrap')).toEqual([]);
  });

  test.for(['', '/element', '/worker', '/weights/portrait/manifest.json'])(
    'resolves spikeseg%s to a file that npm packs',
    (name) => {
      const file = require.resolve(`spikeseg${name}`).slice(ROOT.length + 1);
      expect(packed).toContain(file);
    },
  );

  test('packs the licence and the command, and no sources', () => {
    expect(packed).toEqual(expect.arrayContaining(['LICENSE', 'dist/cli.js']));
    expect(packed.filter((name) => /^(src|tests|demo|scripts)\//.test(name))).toEqual([]);
  });

  test('declares its types for users with strict settings', () => {
    const tsc = require.resolve('typescript/bin/tsc');
    const settings = '--strict --noEmit --target es2022 --module nodenext --types @webgpu/types';
    const types = ['dist/types/index.d.ts', 'dist/types/element/index.d.ts'];
    expect(node(tsc, ...settings.split(' '), ...types)).toBe('');
  });

  test('has a command that starts', () => {
    const { version } = require('../../package.json') as { version: string };
    expect(node('dist/cli.js', '--version')).toBe(`${version}\n`);
  });
});

function packedFiles(): readonly string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const output = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  const packed = JSON.parse(output) as readonly { files: readonly { path: string }[] }[];
  return (packed[0]?.files ?? []).map(({ path }) => path);
}
