import type { ModelClass } from '../model/manifest.ts';
import type { ClassShare } from './api.ts';

/** How much of a label map each class covers. */
export function classShares(
  classes: readonly ModelClass[],
  labels: Uint8Array | Uint16Array,
): ClassShare[] {
  const pixels = new Uint32Array(classes.length);
  for (const label of labels) pixels[label] = (pixels[label] ?? 0) + 1;
  return classes.map((c, i) => {
    const count = pixels[i] ?? 0;
    return { ...c, pixels: count, share: count / labels.length };
  });
}
