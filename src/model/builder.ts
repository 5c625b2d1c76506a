import { SpikesegError } from '../errors.ts';
import {
  withChannels,
  type Constant,
  type ConstantGroup,
  type DenseConvOp,
  type Graph,
  type Neuron,
  type Op,
  type Operand,
  type Output,
  type ReadWeights,
  type Slice,
  type SpikeOp,
  type Tensor,
} from './graph.ts';
import { LeakyLayers } from './leaky-layers.ts';
import type {
  ConvOptions,
  GraphOptions,
  LayerOptions,
  Potential,
  SpikeConvOptions,
  Writable,
} from './potential.ts';
import { WINDOW_BYTES, strided, type MapShape, type Size } from './shapes.ts';

/** How a neuron reads a map that it does not share a layer with. */
interface LoneSpike extends Partial<Pick<SpikeOp, 'channelMajor' | 'gate' | 'offset'>> {
  /** @defaultValue the map's */
  readonly shape?: MapShape;
}

export type { Potential } from './potential.ts';

/** Collects operations, tensors and constants of a graph, in order of execution. */
export class GraphBuilder {
  /** D. */
  readonly levels: number;
  /** What the original calls its neurons. */
  readonly neuron: 'spike' | 'lif';
  readonly #observe: boolean;
  readonly #leaky: LeakyLayers | undefined;
  readonly #states: Tensor[] = [];
  readonly #ops: Op[] = [];
  readonly #constants: ConstantGroup[] = [];
  readonly #neurons: Neuron[] = [];
  #tensors = 0;

  constructor(levels: number, { observe = false, leaky }: GraphOptions = {}) {
    this.levels = levels;
    this.neuron = leaky ? 'lif' : 'spike';
    this.#observe = observe;
    this.#leaky = leaky && new LeakyLayers(this, leaky);
  }

  tensor(label: string, type: Tensor['type'], shape: MapShape): Tensor {
    return { id: this.#tensors++, label, type, shape };
  }

  /**
   * Constants that `load` makes together; `sizes` counts f32 elements. Those named `uniform` become
   * uniform memory if they are small enough.
   */
  constants<const N extends Readonly<Record<string, number>>>(
    label: string,
    sizes: N,
    load: (read: ReadWeights) => Promise<Readonly<Record<keyof N, Float32Array<ArrayBuffer>>>>,
    uniform: readonly (keyof N)[] = [],
  ): Readonly<Record<keyof N, Constant>> {
    const names = Object.keys(sizes) as (keyof N & string)[];
    const made = Object.fromEntries(
      names.map((name) => {
        const bytes = 4 * (sizes[name] ?? 0);
        const fits = uniform.includes(name) && bytes <= WINDOW_BYTES;
        return [name, { label: `${label}.${name}`, bytes, uniform: fits }];
      }),
    ) as Record<keyof N, Constant>;
    this.#constants.push({
      constants: names.map((name) => made[name]),
      async load(read) {
        const arrays = await load(read);
        return names.map((name) => arrays[name]);
      },
    });
    return made;
  }

  /** A tensor that lives on from one timestep to the next. */
  state(label: string, shape: MapShape): Tensor {
    const tensor = this.tensor(label, 'f32', shape);
    this.#states.push(tensor);
    return tensor;
  }

  /** The map that an operation of the caller's writes, so that a neuron can join it. */
  map(label: string, shape: MapShape): Potential & { readonly output: Output } {
    const output = this.#output(label, shape, { outputs: shape.channels });
    return { ...potential(output), output };
  }

  add(op: Op): void {
    this.#ops.push(op);
  }

  spikeConv(
    label: string,
    input: Slice,
    { outputs, onto, channelMajor, size, coarse, stride = 1, ...layer }: SpikeConvOptions,
  ): Potential {
    const natural = strided(input.tensor.shape, stride);
    const output = this.#output(label, natural, { outputs, onto, channelMajor, size });
    const added = coarse && this.read(coarse);
    this.add({ kind: 'spike-conv', label, input, stride, coarse: added, ...layer, output });
    return potential(output);
  }

  denseConv(
    label: string,
    input: Potential,
    {
      outputs,
      onto,
      channelMajor,
      size,
      stride = 1,
      ...layer
    }: ConvOptions & Pick<DenseConvOp, 'kernel' | 'groups'>,
  ): Potential {
    const natural = strided(input.shape, stride);
    const output = this.#output(label, natural, { outputs, onto, channelMajor, size });
    this.add({ kind: 'dense-conv', label, input: this.read(input), stride, ...layer, output });
    return potential(output);
  }

  denseDepthwise(label: string, input: Potential, weights: Constant): Potential {
    const { shape } = input;
    const output = this.tensor(label, 'f32', shape);
    this.add({ kind: 'dense-depthwise', label, input: this.read(input), weights, output });
    return { tensor: output, shape };
  }

  depthwise(
    label: string,
    input: Slice,
    { kernel, weights, bias }: { kernel: number; weights: Operand; bias: Operand },
  ): Potential {
    const output = this.#output(label, input.tensor.shape, { outputs: input.channels });
    this.add({ kind: 'spike-depthwise', label, input, kernel, weights, bias, output });
    return potential(output);
  }

  /** `onto` + gain · current over flat memory, whatever the shapes say; in place. */
  integrate(label: string, current: Potential, onto: Potential, gain: Constant): Potential {
    const { shape } = onto;
    const membrane = this.read(onto);
    const output = { shape, membrane, accumulate: true, store: true, channelMajor: false };
    this.add({ kind: 'integrate', label, current: this.read(current), gain, output });
    return potential(output);
  }

  /**
   * A neuron that no layer can fire: it reads the map's memory as another `shape` or order, with an
   * offset, or through a gate.
   */
  spike(
    name: string,
    input: Potential,
    { layout, ...options }: LoneSpike & { readonly layout: Neuron['layout'] },
  ): Slice {
    return this.name(this.#spike(name, input, options), name, layout);
  }

  /**
   * Two neurons on one map, with an offset and without: side by side in the channels of one tensor,
   * whole and in halves. They have no names yet.
   */
  spikeTwice(
    label: string,
    input: Potential,
    offset: NonNullable<SpikeOp['offset']>,
  ): Record<'both' | 'shifted' | 'unshifted', Slice> {
    const both = this.#spike(label, input, { offset, times: 2 });
    const { tensor } = both;
    const { channels } = input.shape;
    const shifted = { tensor, offset: 0, channels };
    return { both, shifted, unshifted: { tensor, offset: channels, channels } };
  }

  /** The map behind `potential`, which is thereby stored. */
  read({ tensor, output }: Potential): Tensor {
    if (output) output.store = true;
    return tensor;
  }

  /**
   * The spikes of a neuron on `potential`, fired by the layer that wrote it. Asked again, the same
   * spikes under one more name, as a slice of its own: what reads it is what that neuron drives.
   */
  fire(potential: Potential, name: string, layout: Neuron['layout'] = 'channels-first'): Slice {
    return this.name(this.#fired(potential, name), name, layout);
  }

  /** As {@link fire}, for neurons that share a layer: each owns an equal share of its channels. */
  fireParts(
    potential: Potential,
    names: readonly string[],
    layout: Neuron['layout'] = 'channels-first',
  ): Slice[] {
    const whole = this.#fired(potential, names.join(' | '));
    const channels = whole.channels / names.length;
    return names.map((name, i) =>
      this.name({ tensor: whole.tensor, offset: i * channels, channels }, name, layout),
    );
  }

  /** Gives spikes the name of a neuron layer. */
  name(spikes: Slice, name: string, layout: Neuron['layout'] = 'channels-first'): Slice {
    this.#neurons.push({ name, spikes, layout });
    return spikes;
  }

  spikes(label: string, shape: MapShape): Slice {
    return { tensor: this.tensor(label, 'spikes', shape), offset: 0, channels: shape.channels };
  }

  /** A tensor for the potential that a stand-alone neuron saw, if potentials are observed. */
  observed(label: string, shape: MapShape): Tensor | undefined {
    return this.#observe ? this.tensor(`${label} (potential)`, 'f32', shape) : undefined;
  }

  finish({ input, outputs }: Pick<Graph, 'input' | 'outputs'>): Graph {
    return {
      levels: this.levels,
      input,
      ops: this.#ops,
      constants: this.#constants,
      neurons: this.#neurons,
      states: this.#states,
      outputs,
    };
  }

  #spike(
    label: string,
    input: Potential,
    { shape = input.shape, times = 1, ...options }: LoneSpike & { readonly times?: 1 | 2 },
  ): Slice {
    const fired = this.spikes(label, withChannels(shape, times * shape.channels));
    this.add({
      kind: 'spike',
      label,
      membrane: this.read(input),
      shape,
      channelMajor: false,
      gate: false,
      ...options,
      fired: fired.tensor,
      potential: this.observed(label, fired.tensor.shape),
    });
    return fired;
  }

  #output(
    label: string,
    natural: Size,
    { outputs, onto, channelMajor = false, size = natural }: LayerOptions,
  ): Writable<Output> {
    const shape = withChannels(size, outputs);
    const membrane = onto ? this.read(onto) : this.tensor(label, 'f32', shape);
    const accumulate = onto !== undefined;
    return { shape, membrane, accumulate, store: false, channelMajor };
  }

  #fired({ output, tensor }: Potential, label: string): Slice {
    if (!output) {
      throw new SpikesegError(
        'internal',
        `${label}: no neuron can join the layer of ${tensor.label}`,
      );
    }
    const { channels } = output.shape;
    if (this.#leaky) {
      return { tensor: this.#leaky.fired(output, label), offset: 0, channels };
    }
    if (this.#observe) output.store = true;
    output.fired ??= this.tensor(label, 'spikes', output.shape);
    return { tensor: output.fired, offset: 0, channels };
  }
}

function potential(output: Writable<Output>): Potential {
  return { tensor: output.membrane, shape: output.shape, output };
}
