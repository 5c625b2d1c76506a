import { publishedModels, type PublishedModel } from '../../src/index.ts';
import { make } from '../dom.ts';
import { megabytes, millions } from '../format.ts';

const FLOAT32_BYTES = 4;
const CLASSES_NAMED = 6;

export function publishedNamed(name: string): PublishedModel | undefined {
  return publishedModels.find((model) => model.name === name);
}

/** What is known of a published model before its file is there: terms and their values. */
export function publishedFacts(model: PublishedModel): readonly HTMLElement[] {
  const { name, classes, parameters, config, preprocessing, sha256, licence, citation } = model;
  const named = classes.slice(0, CLASSES_NAMED).map((item) => item.name);
  const weights = megabytes(parameters * FLOAT32_BYTES);
  const shortSide = Math.min(...preprocessing.scale);
  const address = new URL(model.url);
  const link = make('a', { href: model.url, rel: 'noreferrer' }, `${name} at ${address.host}`);
  const rows: readonly (readonly [string, Node | string])[] = [
    ['Classes', `${classes.length}: ${named.join(', ')}, …`],
    ['Parameters', `${millions(parameters)}, ${weights} as float32`],
    ['Network', `D = ${config.levels}, pictures enter with a shorter side of ${shortSide} pixels`],
    ['SHA-256', make('code', {}, sha256)],
    ['Licence', licence],
    ['Cite', citation],
    ['File', link],
    ['Verified', model.caution],
  ];
  return rows.flatMap(([term, value]) => [make('dt', {}, term), make('dd', {}, value)]);
}
