import { SpikesegError } from '../errors.ts';
import { quoted, shapeText } from './describe.ts';
import { expectedTensors, isNoise, type NetworkConfig } from './state-dict.ts';
import type { TensorSource } from './tensors.ts';

/** How the tensors of a file fit a network, by official name. */
export interface TensorComparison {
  /** Right name, right shape. */
  readonly matched: readonly string[];
  readonly missing: readonly NamedShape[];
  readonly unexpected: readonly NamedShape[];
  readonly misshaped: readonly MisshapedTensor[];
}

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface MisshapedTensor {
  readonly name: string;
  readonly expected: readonly number[];
  readonly found: readonly number[];
}

/** Names of each kind that an error lists before it only counts. */
const MOST_LISTED = 20;

/** Compares names and shapes, no data. What only training needs is ignored. */
export function compareTensors(source: TensorSource, config: NetworkConfig): TensorComparison {
  const expected = expectedTensors(config);
  const matched: string[] = [];
  const missing: NamedShape[] = [];
  const misshaped: MisshapedTensor[] = [];
  for (const [name, shape] of expected) {
    const found = source.tensors.get(name)?.shape;
    if (found === undefined) missing.push({ name, shape });
    else if (shapeText(found) === shapeText(shape)) matched.push(name);
    else misshaped.push({ name, expected: shape, found });
  }
  const unexpected = [...source.tensors]
    .filter(([name]) => !expected.has(name) && !isNoise(name))
    .map(([name, { shape }]) => ({ name, shape }));
  return { matched, missing, unexpected, misshaped };
}

/** What keeps the file from being the network's, all faults in one text; undefined if nothing does. */
export function describeFaults({
  missing,
  unexpected,
  misshaped,
}: TensorComparison): string | undefined {
  const named = ({ name, shape }: NamedShape) => `${quoted(name)} ${shapeText(shape)}`;
  const faults = [
    listed('missing', missing.map(named)),
    listed('unexpected', unexpected.map(named)),
    listed(
      'of another shape',
      misshaped.map(
        ({ name, expected, found }) =>
          `${quoted(name)} is ${shapeText(found)}, expected ${shapeText(expected)}`,
      ),
    ),
  ].filter((fault) => fault !== '');
  if (faults.length === 0) return undefined;
  return `the weights do not fit the configuration; use those it belongs to. ${faults.join('. ')}`;
}

/**
 * Refuses a file whose names or shapes are not exactly the network's, with all faults in one error.
 *
 * @throws SpikesegError `weights-invalid` listing missing, unexpected and mis-shaped tensors
 */
export function checkTensors(source: TensorSource, config: NetworkConfig): void {
  const faults = describeFaults(compareTensors(source, config));
  if (faults !== undefined) throw new SpikesegError('weights-invalid', faults);
}

/** E.g. `2 missing: "a" [1], "b" [2]`; empty if there are none. */
function listed(kind: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  const shown = items.slice(0, MOST_LISTED).join(', ');
  const rest = items.length - MOST_LISTED;
  return `${items.length} ${kind}: ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
}
