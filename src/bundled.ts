import type { ModelFiles } from './worker/api.ts';

/** The model that comes with the package. Beside `src` as beside `dist`: the path holds for both. */
export function bundledModel(): ModelFiles {
  return {
    manifest: new URL('../weights/portrait/manifest.json', import.meta.url),
    weights: new URL('../weights/portrait/model.safetensors', import.meta.url),
  };
}
