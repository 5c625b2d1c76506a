import { SpikesegError } from '../errors.ts';
import { quoted } from './describe.ts';
import type { Graph, Neuron } from './graph.ts';

/**
 * The neuron layer of that module path.
 * @throws SpikesegError `invalid-argument` if there is none, naming those that there are
 */
export function findNeuron({ neurons }: Graph, name: string): Neuron {
  const found = neurons.find((neuron) => neuron.name === name);
  if (found) return found;
  const names = neurons.map((neuron) => neuron.name).join(', ');
  throw new SpikesegError(
    'invalid-argument',
    `there is no neuron layer ${quoted(name)}: ask for one of ${names}`,
  );
}
