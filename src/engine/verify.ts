import { BufferPool } from '../gpu/buffers.ts';
import { createKernelHost } from '../kernels/host.ts';
import type { Golden } from '../model/golden.ts';
import { neuronOf } from '../model/dataflow.ts';
import type { ReadWeights, SegmentationGraph, Tensor } from '../model/graph.ts';
import { buildNetwork, type NetworkOptions } from '../model/spike2former/network.ts';
import { unitsOf } from '../model/spike-words.ts';
import {
  compareFiring,
  comparePotentials,
  compareSpikes,
  expectedLayers,
  expectedWords,
  type Expected,
  type FiringComparison,
  type LayerComparison,
} from './compare.ts';
import { ConstantStore } from './constants.ts';
import { readOutputs, type Outputs } from './outputs.ts';
import { Program } from './program.ts';
import { recordSpikes, type Recording } from './record.ts';

/** How a network did on its own spikes. */
export interface FreeRun {
  /** Layers whose spikes the golden stores, in order of execution. */
  readonly layers: readonly LayerComparison[];
  /** Layers of which it has the statistics only. */
  readonly firing: readonly FiringComparison[];
  readonly outputs: Outputs;
}

/** A golden's network on a device. Owns its buffers. */
export class GoldenRun {
  readonly graph: SegmentationGraph;
  readonly program: Program;
  readonly #device: GPUDevice;
  readonly #golden: Golden;
  readonly #pool: BufferPool;

  private constructor(device: GPUDevice, golden: Golden, program: Program, pool: BufferPool) {
    this.graph = program.graph;
    this.program = program;
    this.#device = device;
    this.#golden = golden;
    this.#pool = pool;
  }

  /** @throws SpikesegError `weights-invalid`, `shader-compile`, `out-of-memory`, `aborted` */
  static async create(
    device: GPUDevice,
    golden: Golden,
    read: ReadWeights,
    { signal, ...options }: NetworkOptions & { signal?: AbortSignal | undefined } = {},
  ): Promise<GoldenRun> {
    const pool = new BufferPool(device);
    try {
      const graph = buildNetwork(golden.config, golden.size, options);
      const constants = new ConstantStore(pool);
      await constants.load(graph, read, { signal });
      const host = (owner: BufferPool) => createKernelHost(device, owner);
      const program = await Program.create(device, host, graph, constants, { signal });
      return new GoldenRun(device, golden, program, pool);
    } catch (error) {
      pool.destroyAll();
      throw error;
    }
  }

  /**
   * Judges every neuron layer by itself: each sees the golden's own spikes. With `observe` the
   * membrane potentials are compared too.
   */
  async teacherForced(): Promise<LayerComparison[]> {
    const layers = await expectedLayers(this.#golden, this.graph);
    const recording = await this.#record(expectedWords(this.graph, layers));
    return this.#compare(layers, recording);
  }

  /** Lets the network run on its own spikes, from the picture to the labels. */
  async freeRunning(): Promise<FreeRun> {
    const layers = await expectedLayers(this.#golden, this.graph);
    const recording = await this.#record();
    return {
      layers: this.#compare(layers, recording),
      firing: this.#compareFiring(layers, recording),
      outputs: await readOutputs(this.#device, this.program),
    };
  }

  destroy(): void {
    this.program.destroy();
    this.#pool.destroyAll();
  }

  #compare(layers: ReadonlyMap<string, Expected>, recording: Recording): LayerComparison[] {
    const channelMajor = new Set(
      this.graph.ops.map((op) => neuronOf(op)).flatMap((n) => (n.channelMajor ? [n.fired] : [])),
    );
    return this.graph.neurons.flatMap((neuron) => {
      const layer = layers.get(neuron.name);
      if (!layer) return [];
      const { tensor } = neuron.spikes;
      const comparison = compareSpikes(neuron, layer, recording);
      const map = recording.potentials.get(tensor);
      if (!layer.potentials || !map) return [comparison];
      const order = channelMajor.has(tensor);
      return [{ ...comparison, error: comparePotentials(neuron, layer.potentials, map, order) }];
    });
  }

  /** The head's statistics are those of every stage of the decoder, so they tell nothing here. */
  #compareFiring(layers: ReadonlyMap<string, Expected>, recording: Recording): FiringComparison[] {
    const firing = new Map(this.#golden.firing.map((layer) => [layer.name, layer]));
    return this.graph.neurons.flatMap((neuron) => {
      const expected = firing.get(neuron.name);
      if (layers.has(neuron.name) || expected?.units !== unitsOf(neuron)) return [];
      return [compareFiring(neuron, expected, recording)];
    });
  }

  async #record(forced?: Map<Tensor, Uint32Array<ArrayBuffer>>): Promise<Recording> {
    const input = new Float32Array(await this.#nhwc());
    this.#device.queue.writeBuffer(this.program.buffer(this.graph.input), 0, input);
    const wanted = new Set(this.graph.neurons.map(({ spikes }) => spikes.tensor));
    return recordSpikes(this.#device, this.program, wanted, forced);
  }

  /** The golden's input, [3, H, W], as the network wants it. */
  async #nhwc(): Promise<Float32Array> {
    const { tensors, size } = this.#golden;
    const planes = await tensors.read('input');
    const pixels = size.height * size.width;
    return planes.map((_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)] ?? NaN);
  }
}
