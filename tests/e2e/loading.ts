// What the pages of checkpoint-url.spec.ts can do.
import { loadModel, locate } from '../../src/worker/loader.ts';

export { modelStore } from '../../src/worker/store.ts';

export async function load(url: string) {
  const source = { checkpoint: url, numHeads: 4, decHeads: 2 };
  const { manifest, notices } = await loadModel(locate(source));
  return { name: manifest.name, notices };
}
