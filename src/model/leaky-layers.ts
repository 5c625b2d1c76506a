import { SpikesegError } from '../errors.ts';
import type { GraphBuilder } from './builder.ts';
import type { Output, Tensor } from './graph.ts';
import type { LeakyNeurons, Writable } from './potential.ts';

/**
 * Neuron layers with memory, while a graph is built. They cannot join the epilogue of the layer
 * before them: that one stores its current, and they are an operation of their own, with a state.
 */
export class LeakyLayers {
  readonly #g: GraphBuilder;
  readonly #neurons: LeakyNeurons;
  readonly #spikes = new Map<Output, Tensor>();

  constructor(g: GraphBuilder, neurons: LeakyNeurons) {
    this.#g = g;
    this.#neurons = neurons;
  }

  /** The spikes of the neurons on a layer; asked again, the same. */
  fired(output: Writable<Output>, label: string): Tensor {
    const known = this.#spikes.get(output);
    if (known) return known;
    if (output.channelMajor) {
      throw new SpikesegError('internal', `${label}: a neuron with memory reads channels last`);
    }
    output.store = true;
    const { shape, membrane: current } = output;
    const fired = this.#g.tensor(label, 'spikes', shape);
    this.#spikes.set(output, fired);
    this.#g.add({
      kind: 'lif',
      label,
      current,
      state: this.#g.state(`${label} (state)`, shape),
      tau: this.#neurons.tau,
      threshold: this.#neurons.threshold(label),
      fired,
      potential: this.#g.observed(label, shape),
    });
    return fired;
  }
}
