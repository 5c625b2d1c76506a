import { readFile } from 'node:fs/promises';
import { shared } from './shared.ts';

/** What tests need of a golden's manifest. */
export interface GoldenManifest {
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights_file: string;
  readonly neurons: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export async function goldenManifest(name: string): Promise<GoldenManifest> {
  const text = await readFile(shared('goldens', name, 'manifest.json'), 'utf8');
  return JSON.parse(text) as GoldenManifest;
}

/** Height and width of a golden's picture. */
export function goldenSize({ config }: GoldenManifest): { height: number; width: number } {
  const [height, width] = (config['img_size'] ?? config['image_size']) as [number, number];
  return { height, width };
}
