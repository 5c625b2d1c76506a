import { TILE, type MapShape } from '../model/shapes.ts';
import type { KernelHost } from './kernel.ts';

/** Workgroups for so many invocations; see {@link groupGrid}. */
export function flatGrid(host: KernelHost, invocations: number): [number, number] {
  return groupGrid(host, Math.ceil(invocations / host.lanes));
}

/** So many workgroups; a row of them longer than the device allows is folded into y. */
export function groupGrid(host: KernelHost, groups: number): [number, number] {
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

/** One invocation for each pair of tiles of a row, and each group of 4 channels. */
export function rowPairGrid(host: KernelHost, { height, width, channels }: MapShape) {
  const pairs = height * Math.ceil(width / TILE / 2);
  return flatGrid(host, pairs * Math.ceil(channels / 4));
}

/** One invocation for each pair of tiles, the rows one after the other, and each group of 4 channels. */
export function tilePairGrid(host: KernelHost, { height, width, channels }: MapShape) {
  const pairs = Math.ceil((height * Math.ceil(width / TILE)) / 2);
  return flatGrid(host, pairs * Math.ceil(channels / 4));
}
