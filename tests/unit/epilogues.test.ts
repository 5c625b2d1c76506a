import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** WGSL has no include, so layers repeat their epilogue: how a pixel is integrated, stored and fired. */
function epilogue(kernel: string): string[] {
  const path = join(import.meta.dirname, '../../shaders', `${kernel}.wgsl`);
  const lines = readFileSync(path, 'utf8').split('\n');
  const first = lines.findIndex((line) => line.includes('var value = current[0] + offset;'));
  const last = lines.findIndex((line) => line.includes('current = next_pixel(current);'));
  expect(first, kernel).toBeGreaterThan(0);
  // A depthwise layer has as many outputs as inputs, and one word for both.
  return lines
    .slice(first, last)
    .map((line) => line.trim().replaceAll('shape.channels', 'shape.out_channels'));
}

test.each(['spike-pointwise', 'spike-depthwise', 'dense-conv'])(
  'the epilogue of %s is that of spike-conv',
  (kernel) => {
    expect(epilogue(kernel)).toEqual(epilogue('spike-conv'));
    expect(epilogue(kernel).length).toBeGreaterThan(10);
  },
);
