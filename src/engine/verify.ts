import { BufferPool } from '../gpu/buffers.ts';
import { createKernelHost } from '../kernels/host.ts';
import type { Golden } from '../model/golden.ts';
import { neuronOf, type Graph, type ReadWeights, type Tensor } from '../model/graph.ts';
import { buildNetwork, type NetworkOptions } from '../model/spike2former/network.ts';
import {
  comparePotentials,
  compareSpikes,
  expectedLayers,
  expectedWords,
  type Expected,
  type LayerComparison,
} from './compare.ts';
import { ConstantStore } from './constants.ts';
import { Program } from './program.ts';
import { recordSpikes, type Recording } from './record.ts';

/** A golden's network on a device. Owns its buffers. */
export class GoldenRun {
  readonly graph: Graph;
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

  static async create(
    device: GPUDevice,
    golden: Golden,
    read: ReadWeights,
    options: NetworkOptions = {},
  ): Promise<GoldenRun> {
    const pool = new BufferPool(device);
    const graph = buildNetwork(golden.config, golden.size, options);
    const constants = new ConstantStore(pool);
    await constants.load(graph, read);
    const host = (owner: BufferPool) => createKernelHost(device, owner);
    const program = await Program.create(device, host, graph, constants);
    return new GoldenRun(device, golden, program, pool);
  }

  /**
   * Judges every neuron layer by itself: each sees the golden's own spikes. With `observe` the
   * membrane potentials are compared too.
   */
  async teacherForced(): Promise<LayerComparison[]> {
    const layers = await expectedLayers(this.#golden, this.graph);
    const recording = await this.#record(layers, expectedWords(this.graph, layers));
    return this.#compare(layers, recording);
  }

  /** Lets the network run on its own spikes, from the picture to the logits. */
  async freeRunning(): Promise<LayerComparison[]> {
    const layers = await expectedLayers(this.#golden, this.graph);
    return this.#compare(layers, await this.#record(layers));
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

  async #record(
    layers: ReadonlyMap<string, Expected>,
    forced?: Map<Tensor, Uint32Array<ArrayBuffer>>,
  ): Promise<Recording> {
    const input = new Float32Array(await this.#nhwc());
    this.#device.queue.writeBuffer(this.program.buffer(this.graph.input), 0, input);
    const wanted = new Set<Tensor>();
    for (const { name, spikes } of this.graph.neurons) {
      if (layers.has(name)) wanted.add(spikes.tensor);
    }
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
