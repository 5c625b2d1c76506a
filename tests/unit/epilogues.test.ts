import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

function sourceOf(kernel: string): string {
  return readFileSync(join(import.meta.dirname, '../../shaders', `${kernel}.wgsl`), 'utf8');
}

/** WGSL has no include, so layers repeat their epilogue: how a pixel is integrated, stored and fired. */
function epilogue(kernel: string): string[] {
  const lines = sourceOf(kernel).split('\n');
  const first = lines.findIndex((line) => line.includes('let inside = '));
  const last = lines.findIndex((line) => line.includes('words &= '));
  expect(first, kernel).toBeGreaterThan(0);
  // A depthwise layer has outputs as its inputs, and one word for both.
  return lines
    .slice(first, last + 1)
    .map((line) => line.trim().replaceAll(/shape\.(?=channels|width)/g, 'shape.out_'));
}

test.each(['spike-pointwise', 'spike-depthwise', 'dense-conv'])(
  'the epilogue of %s is that of spike-conv',
  (kernel) => {
    expect(epilogue(kernel)).toEqual(epilogue('spike-conv'));
    expect(epilogue(kernel).length).toBeGreaterThan(10);
  },
);

/** A function of a shader, from its head to its end. */
function functionOf(kernel: string, name: string): string | undefined {
  return new RegExp(`^fn ${name}\\([^]*?^}`, 'm').exec(sourceOf(kernel))?.[0];
}

test.each([
  ['spike-mlp', 'spike-pointwise', ['counts_at', 'sum', 'add', 'count_at', 'add_one']],
  ['dense-separable', 'dense-conv', ['weight', 'next_pixel']],
  ['attention', 'dense-conv', ['next_pixel']],
])('%s has the functions of %s', (kernel, other, names) => {
  for (const name of [...names, 'spike_counts']) {
    expect(functionOf(kernel, name)).toBeDefined();
    expect(functionOf(kernel, name), name).toBe(functionOf(other, name));
  }
});
