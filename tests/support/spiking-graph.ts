import { ConstantStore } from '../../src/engine/constants.ts';
import { Program } from '../../src/engine/program.ts';
import { recordSpikes } from '../../src/engine/record.ts';
import { BufferPool } from '../../src/gpu/buffers.ts';
import { createKernelHost } from '../../src/kernels/host.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Graph, Slice } from '../../src/model/graph.ts';
import { attend } from '../../src/model/metaspikeformer/blocks.ts';
import type { TestGpu } from './gpu.ts';
import { eighths } from './random.ts';

/** One layer of each kind that sees spikes, with weights that are multiples of 1/8. */
export function everySpikingLayer(levels: number): Graph {
  const g = new GraphBuilder(levels, { observe: true });
  const [height, width, c] = [6, 11, 8];
  const shape = { height, width, channels: c };
  const input = g.tensor('input', 'f32', shape);
  const spikes = g.spike('first', { tensor: input, shape }, { layout: 'channels-last' });
  const layer = (label: string, kernel: number, inputs: number, outputs: number) =>
    g.constants(label, { weights: kernel * kernel * inputs * outputs, bias: outputs }, () =>
      Promise.resolve({
        weights: eighths(kernel * kernel * inputs * outputs, kernel),
        bias: eighths(outputs, 2),
      }),
    );
  const conv = (label: string, from: Slice, kernel: 1 | 3, outputs: number) => ({
    label,
    from,
    options: { kernel, outputs, ...layer(label, kernel, from.channels, outputs) },
  });

  const qkv = conv('qkv', spikes, 3, 3 * c);
  const current = g.spikeConv(qkv.label, qkv.from, qkv.options);
  const [q, k, v] = g.fireParts(current, ['q', 'k', 'v']) as [Slice, Slice, Slice];
  const attended = attend(g, 'self', { q, k, v, heads: 2, scale: levels ** 3 / 64 });
  const out = conv('out', g.fire(attended, 'attention'), 1, c);
  const residual = g.spikeConv(out.label, out.from, {
    ...out.options,
    onto: { tensor: input, shape },
  });
  const spread = g.depthwise('depthwise', g.fire(residual, 'residual'), {
    kernel: 3,
    ...layer('depthwise', 3, 1, c),
  });
  const half = conv('half', g.fire(spread, 'spread'), 3, 5);
  const last = g.spikeConv(half.label, half.from, {
    ...half.options,
    ...layer('half padded', 3, c, 8),
    stride: 2,
  });
  g.fire(last, 'last');
  return g.finish({ input, outputs: [] });
}

/** The potential of every neuron layer's tensor by name, `timestep` virtual timesteps into a run. */
export async function potentials(
  { device }: TestGpu,
  graph: Graph,
  timestep = graph.levels,
): Promise<Map<string, Float32Array>> {
  const pool = new BufferPool(device);
  const constants = new ConstantStore(pool);
  await constants.load(graph, () => Promise.reject(new Error('there are no weights to read')));
  const host = (owner: BufferPool) => createKernelHost(device, owner);
  const program = await Program.create(device, host, graph, constants);
  program.stopAfter(timestep);
  const { height, width, channels } = graph.input.shape;
  const picture = eighths(height * width * channels, 9).map((x) => 4 * Math.abs(x));
  device.queue.writeBuffer(program.buffer(graph.input), 0, picture);
  const wanted = new Set(graph.neurons.map(({ spikes }) => spikes.tensor));
  const { potentials: maps } = await recordSpikes(device, program, wanted);
  program.destroy();
  pool.destroyAll();
  return new Map(
    graph.neurons.map(({ name, spikes }) => [name, maps.get(spikes.tensor) ?? new Float32Array()]),
  );
}
