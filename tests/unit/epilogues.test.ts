import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** WGSL has no include, so layers repeat their epilogue: how a pixel is integrated, stored and fired. */
function epilogue(kernel: string): string[] {
  const path = join(import.meta.dirname, '../../shaders', `${kernel}.wgsl`);
  const lines = readFileSync(path, 'utf8').split('\n');
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
