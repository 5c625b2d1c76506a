import source from '../../shaders/class-probabilities.wgsl?raw';
import { classBlocks } from '../model/class-blocks.ts';
import { padded } from '../model/shapes.ts';
import {
  bindDispatch,
  expectCapacity,
  packUniform,
  type Dispatch,
  type KernelHost,
} from './kernel.ts';

export interface ClassProbabilitiesOptions {
  readonly queries: number;
  /** Without "no object". */
  readonly classes: number;
}

const WORKGROUP_SIZE = 64; // as in the shader

/** Both are borrowed. */
export interface ClassProbabilitiesBuffers {
  /** f32[queries][classes + 1]; the last column is "no object". */
  readonly logits: GPUBuffer;
  /** f32[blocks.count][⌈queries/4⌉·4][blocks.width], 0..1, of the {@link classBlocks}; padded with 0. */
  readonly probabilities: GPUBuffer;
}

/**
 * Softmax of the class logits of each query, without the column of "no object".
 *
 * @throws SpikesegError `shader-compile`, `shape-mismatch`
 * @see shaders/class-probabilities.wgsl, and src/reference/class-probabilities.ts for the same on the CPU
 */
export async function createClassProbabilities(
  host: KernelHost,
  { queries, classes }: ClassProbabilitiesOptions,
): Promise<(buffers: ClassProbabilitiesBuffers) => Dispatch> {
  const pipeline = await host.pipeline({ name: 'class-probabilities', source });
  const { count: blocks, width } = classBlocks(classes);
  const shape = host.uniform(
    'class-probabilities',
    packUniform({ queries, classes, blocks, width }),
  );
  const rows = padded(queries);
  return ({ logits, probabilities }) => {
    expectCapacity('class-probabilities: logits', logits, 4 * queries * (classes + 1));
    expectCapacity('class-probabilities: probabilities', probabilities, 4 * blocks * rows * width);
    const groups = [Math.ceil(rows / WORKGROUP_SIZE)] as const;
    return bindDispatch(host, pipeline, [shape, logits, probabilities], groups);
  };
}
