/** Milliseconds that a turn of the event loop takes while something is awaited. */
const TURN = 1;

/** Whether this is Node: browsers are told by the system. */
const POLLS = typeof process === 'object' && typeof process.versions.node === 'string';

let waiting = 0;
let turning = false;
let cell: Int32Array | undefined;

/**
 * Waits for work of the GPU. In Node, Dawn asks for its end on every turn of the event loop, as fast
 * as that turns, and so takes a core from an adapter that computes on the CPU. Therefore turns take a
 * millisecond there meanwhile; other work of the event loop goes on at that pace. In a browser this
 * is just `work`.
 * @returns what `work` gives; rejects as it does
 * @see https://github.com/dawn-gpu/node-webgpu/issues/17
 */
export async function patiently<T>(work: Promise<T>): Promise<T> {
  if (!POLLS) return work;
  waiting++;
  if (!turning) turn();
  try {
    return await work;
  } finally {
    waiting--;
  }
}

function turn(): void {
  turning = waiting > 0;
  if (!turning) return;
  cell ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, TURN);
  setImmediate(turn);
}
