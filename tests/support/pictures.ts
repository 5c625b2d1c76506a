import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Picture } from '../../src/reference/resample.ts';
import { random } from './random.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/resample/', import.meta.url));

/** The pictures that `tests/fixtures/resample/make.py` wrote under a name, in all their sizes. */
export function pictureFixtures(name: 'source' | 'pillow' | 'opencv'): Picture[] {
  return readdirSync(FOLDER)
    .filter((file) => file.startsWith(`${name}-`))
    .map((file) => {
      const [width = NaN, height = NaN] = (/\d+x\d+/.exec(file)?.[0] ?? '').split('x').map(Number);
      return { height, width, data: readFileSync(FOLDER + file) };
    });
}

/** A picture of noise. */
export function noise(height: number, width: number, seed = 1): Picture {
  const next = random(seed);
  const data = Uint8Array.from({ length: height * width * 3 }, () => Math.floor(next() * 256));
  return { height, width, data };
}
