import { SpikesegError } from '../../errors.ts';
import { classColor, completeClasses } from '../class-colors.ts';
import type { ModelConfig } from '../config.ts';
import type { ModelClass } from '../manifest.ts';
import { datasetMeta } from './dataset-meta.ts';
import type { PlainValue } from './plain.ts';

/**
 * The classes of a checkpoint, one for each output: those given, else those of its `meta`; what is
 * missing is named by number, as some configurations have more outputs than classes.
 * @throws SpikesegError `invalid-argument` if more are given than the network has
 */
export function checkpointClasses(
  { numClasses }: ModelConfig,
  meta: ReadonlyMap<string, PlainValue>,
  given: readonly ModelClass[] | undefined,
): readonly ModelClass[] {
  if (given !== undefined && given.length > numClasses) {
    throw new SpikesegError(
      'invalid-argument',
      `${given.length} classes are given, the checkpoint has ${numClasses}: give its own`,
    );
  }
  const known = given ?? classesOfMeta(meta);
  return completeClasses(known.length <= numClasses ? known : [], numClasses);
}

function classesOfMeta(meta: ReadonlyMap<string, PlainValue>): ModelClass[] {
  const { classes = [], palette } = datasetMeta(meta);
  return classes.map((name, i) => {
    const color = palette?.[i]?.map((value) => value.toString(16).padStart(2, '0')).join('');
    return { name, color: color === undefined ? classColor(i) : `#${color}` };
  });
}
