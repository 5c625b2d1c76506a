import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openDawn } from '../src/node/dawn.ts';
import type { Runner, Task } from './task.ts';

export type PeerName = 'ort-wasm' | 'ort-node' | 'ort-webgpu';

/** What is used of ONNX Runtime, which may not be installed. */
interface Ort {
  readonly env: { readonly wasm: { numThreads: number; wasmBinary?: Uint8Array } };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => object;
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
}
interface Session {
  run(feeds: Readonly<Record<string, object>>): Promise<{ scores: { data: Float32Array } }>;
}

const THREADS = 2;
const PACKAGES = {
  'ort-wasm': { name: 'onnxruntime-web', options: { executionProviders: ['wasm'] } },
  'ort-node': {
    name: 'onnxruntime-node',
    options: { executionProviders: ['cpu'], intraOpNumThreads: THREADS },
  },
  'ort-webgpu': { name: 'onnxruntime-web/webgpu', options: { executionProviders: ['webgpu'] } },
} as const;

/** ONNX Runtime on the network of `task`. Rejects if the package or the network is missing. */
export async function createPeer(peer: PeerName, { onnx, input, golden }: Task): Promise<Runner> {
  if (onnx === undefined) throw new Error('shared/bench/bench256.onnx is missing');
  const { name, options } = PACKAGES[peer];
  if (peer === 'ort-webgpu') await offerWebGpu();
  const ort = (await import(name)) as Ort;
  if (peer === 'ort-wasm') ort.env.wasm.numThreads = THREADS;
  if (peer === 'ort-webgpu') {
    // Made for pages: in Node it can neither fetch its code nor start its threads.
    ort.env.wasm.numThreads = 1;
    const wasm = 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm';
    ort.env.wasm.wasmBinary = await readFile(createRequire(import.meta.url).resolve(wasm));
  }
  const session = await ort.InferenceSession.create(await readFile(onnx), options);
  const { height, width } = golden.size;
  const image = new ort.Tensor('float32', input, [1, 3, height, width]);
  let scores: Float32Array = new Float32Array();
  return {
    async run() {
      ({ data: scores } = (await session.run({ image })).scores);
    },
    labels: () => bestClasses(scores, height * width),
  };
}

/** Puts Dawn where a page has WebGPU, and lets it write from the shared memory of WASM threads. */
async function offerWebGpu(): Promise<void> {
  const gpu = await openDawn();
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'Node' } });
  const queue = GPUQueue.prototype;
  const write = Reflect.get(queue, 'writeBuffer');
  const copying: GPUQueue['writeBuffer'] = function (
    this: GPUQueue,
    buffer,
    at,
    data,
    from = 0,
    size,
  ) {
    const shared = data instanceof Uint8Array && data.buffer instanceof SharedArrayBuffer;
    if (!shared) write.call(this, buffer, at, data, from, size);
    else write.call(this, buffer, at, data.slice(from, size && from + size));
  };
  queue.writeBuffer = copying;
}

/** Argmax over the classes of f32 [classes][pixels]. */
function bestClasses(scores: Float32Array, pixels: number): Uint8Array {
  const best = new Uint8Array(pixels);
  for (let at = pixels; at < scores.length; at++) {
    const pixel = at % pixels;
    const highest = scores[(best[pixel] ?? 0) * pixels + pixel] ?? NaN;
    if ((scores[at] ?? NaN) > highest) best[pixel] = Math.floor(at / pixels);
  }
  return best;
}
