import { TILE, type MapShape } from '../model/shapes.ts';
import type { KernelHost } from './kernel.ts';

/** Workgroups for so many invocations; a row of them longer than the device allows is folded into y. */
export function flatGrid(host: KernelHost, invocations: number): [number, number] {
  const groups = Math.ceil(invocations / host.lanes);
  const rows = Math.ceil(groups / host.device.limits.maxComputeWorkgroupsPerDimension);
  return [Math.ceil(groups / rows), rows];
}

/** One invocation for each word of a spike tensor. */
export function wordGrid(host: KernelHost, { height, width, channels }: MapShape) {
  return flatGrid(host, height * Math.ceil(width / TILE) * channels);
}

/** One invocation for each tile of 8 pixels and each group of 4 channels. */
export function quadGrid(host: KernelHost, { height, width, channels }: MapShape) {
  return flatGrid(host, height * Math.ceil(width / TILE) * Math.ceil(channels / 4));
}

/**
 * One invocation for each pair of tiles and each group of 4 channels: the pair lies one above the
 * other, or just next to each other under a 1×1 kernel.
 */
export function pairGrid(host: KernelHost, { height, width, channels }: MapShape, kernel: number) {
  const tiles = Math.ceil(width / TILE);
  const pairs = kernel === 1 ? Math.ceil((height * tiles) / 2) : Math.ceil(height / 2) * tiles;
  return flatGrid(host, pairs * Math.ceil(channels / 4));
}
