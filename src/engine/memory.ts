import { SpikesegError } from '../errors.ts';
import type { ModelConfig } from '../model/config.ts';
import { planBuffers } from '../model/plan.ts';
import type { Size } from '../model/shapes.ts';
import { buildNetwork } from '../model/spike2former/network.ts';

/** Sides of the next smaller size: three quarters, in multiples of this. */
const STEP = 32;

/**
 * Passes an error on. One of a network that does not fit its GPU gains how much it takes, and how much
 * a smaller one would.
 */
export function adviseSmaller(error: unknown, config: ModelConfig, size: Size): never {
  if (!(error instanceof SpikesegError) || error.code !== 'out-of-memory') throw error;
  const smaller = { width: shrink(size.width), height: shrink(size.height) };
  const advice =
    smaller.width < size.width || smaller.height < size.height
      ? `; at ${sizeText(smaller)}, the next smaller, it takes ${bytesOf(config, smaller)}`
      : '';
  throw new SpikesegError(
    'out-of-memory',
    `${error.message}. The network at ${sizeText(size)} takes ${bytesOf(config, size)} of GPU ` +
      `memory${advice}`,
    { cause: error },
  );
}

function shrink(side: number): number {
  return Math.max(STEP, Math.floor((0.75 * side) / STEP) * STEP);
}

function bytesOf(config: ModelConfig, size: Size): string {
  const { activationBytes, weightBytes } = planBuffers(buildNetwork(config, size));
  return `${((activationBytes + weightBytes) / 2 ** 20).toFixed(0)} MiB`;
}

function sizeText({ width, height }: Size): string {
  return `${width} × ${height}`;
}
