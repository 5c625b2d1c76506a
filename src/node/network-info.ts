import type { TensorComparison } from '../model/check-tensors.ts';
import type { ModelConfig } from '../model/config.ts';
import { shapeText } from '../model/describe.ts';
import { planBuffers } from '../model/plan.ts';
import type { Size } from '../model/shapes.ts';
import { buildNetwork } from '../model/spike2former/network.ts';
import { grouped, megabytes, sizeText, table } from './text.ts';

/** What a network of one size takes. */
export interface SizePlan extends Size {
  /** Bytes on the GPU. */
  readonly weights: number;
  readonly activations: number;
  /** Kernels and copies that one picture takes. */
  readonly operations: number;
}

/** How the tensors of a file fit their network. */
export interface TensorFit extends Omit<TensorComparison, 'matched'> {
  readonly matched: number;
}

/** Names of a kind that are listed before they are only counted. */
const MOST_LISTED = 5;

export function planSize(config: ModelConfig, size: Size): SizePlan {
  const graph = buildNetwork(config, size);
  const { weightBytes, activationBytes } = planBuffers(graph);
  const operations = graph.ops.length;
  return { ...size, weights: weightBytes, activations: activationBytes, operations };
}

/** Counts what matches, keeps what does not. */
export function tensorFit(comparison: TensorComparison): TensorFit {
  return { ...comparison, matched: comparison.matched.length };
}

export function isPerfect({ missing, unexpected, misshaped }: TensorFit): boolean {
  return missing.length + unexpected.length + misshaped.length === 0;
}

/** The network in the field's words, e.g. for a line of its own. */
export function networkText(config: ModelConfig): string {
  const { embedDim, featChannels, numQueries, encLayers, decLayers, levels, numClasses } = config;
  return (
    `Spike2Former, widths ${embedDim.join('/')}, ${featChannels} features, ${numQueries} queries, ` +
    `${encLayers} encoder and ${decLayers} decoder layers, ${numClasses} classes, ` +
    `neurons of 0 to ${levels} spikes`
  );
}

/** Lines that count what fits, and name what does not. */
export function tensorText({ matched, missing, unexpected, misshaped }: TensorFit): string {
  const lines = [
    `${grouped(matched)} as expected, ${missing.length} missing, ${unexpected.length} unexpected, ` +
      `${misshaped.length} of another shape`,
    ...listed('missing', missing),
    ...listed('unexpected', unexpected),
    ...listed(
      'of another shape',
      misshaped.map(({ name, found }) => ({ name, shape: found })),
    ),
  ];
  return lines.join('\n');
}

export function planText(plans: readonly SizePlan[]): string {
  const rows = plans.map((plan) => [
    sizeText(plan),
    megabytes(plan.weights),
    megabytes(plan.activations),
    plan.operations.toString(),
  ]);
  return table([['size', 'weights', 'activations', 'operations'], ...rows], 'lrrr');
}

function listed(
  kind: string,
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
): string[] {
  const lines = tensors
    .slice(0, MOST_LISTED)
    .map(({ name, shape }) => `${kind}: ${name} ${shapeText(shape)}`);
  const rest = tensors.length - lines.length;
  return rest > 0 ? [...lines, `${kind}: … and ${rest} more`] : lines;
}
