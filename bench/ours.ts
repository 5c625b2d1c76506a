import { ConstantStore } from '../src/engine/constants.ts';
import { Improvement } from '../src/engine/improvement.ts';
import { Program } from '../src/engine/program.ts';
import { Readout } from '../src/engine/readout.ts';
import { BufferPool } from '../src/gpu/buffers.ts';
import { openDevice, type OpenDevice } from '../src/gpu/device.ts';
import { PipelineCache } from '../src/gpu/pipeline.ts';
import { createKernelHost } from '../src/kernels/host.ts';
import type { KernelHost } from '../src/kernels/kernel.ts';
import type { LabelArray } from '../src/kernels/labels.ts';
import { buildNetwork } from '../src/model/spike2former/network.ts';
import { openDawn } from '../src/node/dawn.ts';
import type { Runner, Task } from './task.ts';

/** This engine on Dawn, without what surrounds it in a page: worker, decoding, resizing. */
export class Ours implements Runner {
  readonly gpu: OpenDevice;
  readonly program: Program;
  readonly makeHost: (pool: BufferPool) => KernelHost;
  readonly #readout: Readout;
  readonly #input: Float32Array<ArrayBuffer>;
  #labels: LabelArray = new Uint8Array();

  private constructor(
    gpu: OpenDevice,
    program: Program,
    makeHost: (pool: BufferPool) => KernelHost,
    readout: Readout,
    input: Float32Array<ArrayBuffer>,
  ) {
    this.gpu = gpu;
    this.program = program;
    this.makeHost = makeHost;
    this.#readout = readout;
    this.#input = input;
  }

  static async create({ golden, read, input }: Task): Promise<Ours> {
    const gpu = await openDevice(await openDawn());
    const { device } = gpu;
    const pool = new BufferPool(device);
    const pipelines = new PipelineCache(device);
    const makeHost = (owner: BufferPool) => createKernelHost(device, owner, pipelines);
    const { size } = golden;
    const graph = buildNetwork(golden.config, size);
    const constants = new ConstantStore(pool);
    await constants.load(graph, read);
    const program = await Program.create(device, makeHost, graph, constants, {
      plain: true,
      join: true,
    });
    const fit = { content: size, input: size };
    const readout = await Readout.create(makeHost(pool), pool, program, size, fit);
    return new Ours(gpu, program, makeHost, readout, channelsLast(input));
  }

  /** Gives the network its picture: what held it may have been overwritten by the last run. */
  enter(): void {
    const { program } = this;
    this.gpu.device.queue.writeBuffer(program.buffer(program.graph.input), 0, this.#input);
  }

  async run(): Promise<void> {
    const { device } = this.gpu;
    this.enter();
    const encoder = device.createCommandEncoder();
    this.program.encode(encoder);
    this.#readout.record(encoder, false);
    device.queue.submit([encoder.finish()]);
    ({ labels: this.#labels } = await this.#readout.read(false));
  }

  async settle(): Promise<void> {
    await new Improvement(this.gpu.device, () => [this.program]).finish();
  }

  labels(): LabelArray {
    return this.#labels;
  }
}

/** f32 [3][H][W] as [H][W][3]. */
function channelsLast(planes: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const pixels = planes.length / 3;
  return planes.map((_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)] ?? NaN);
}
