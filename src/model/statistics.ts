import type { EnergyPreset } from './energy.ts';
import type { LayerGroup } from './layer-groups.ts';
import type { Size } from './shapes.ts';

/** How the network fired on a picture, or on several, and what that cost. */
export interface FiringStatistics {
  /** Pictures that were added up: counts are sums over them. */
  readonly pictures: number;
  /** Of the network's input, in pixels; absent if it differed. */
  readonly input?: Size;
  /** Virtual timesteps that ran, the largest spike count of a neuron: D, unless fewer were asked for. */
  readonly levels: number;
  /** T: real timesteps. */
  readonly timesteps: number;
  /** Every neuron layer of the original, in order of execution. */
  readonly layers: readonly LayerFiring[];
  /** Arithmetic of the original's layers, one by one. */
  readonly operations: readonly LayerOperations[];
  /** Arithmetic as the engine does it: some layers fused, some products in another order. */
  readonly executed: readonly LayerOperations[];
  readonly totals: StatisticsTotals;
}

/** What statistics are to hold besides their numbers. */
export interface StatisticsOptions {
  /** Of every layer, where it fired: `LayerFiring.map`. @defaultValue false */
  readonly maps?: boolean | undefined;
  /** Names of the layers of which to give every unit's spikes: `LayerFiring.spikeCounts`. */
  readonly spikes?: readonly string[] | undefined;
}

/** Spikes of some units, counted exactly. */
export interface FiringCounts {
  /** Neurons times positions, times pictures. */
  readonly units: number;
  readonly spikes: number;
  /** Units that fired at all. */
  readonly nonzero: number;
  /** Units that fired in all virtual timesteps. */
  readonly saturated: number;
  /** Mean spikes of a unit: spikes / units. */
  readonly countRate: number;
  /** countRate / levels: part of the virtual timesteps that ran in which a unit fires. */
  readonly rate: number;
  /** nonzero / units. */
  readonly nonzeroRate: number;
}

/** One neuron layer. */
export interface LayerFiring extends FiringCounts {
  /** Module path in the original, e.g. `backbone.block3.0.attn.q_spike`. */
  readonly name: string;
  readonly group: LayerGroup;
  /** An earlier layer that fires the same spikes, as it sees the same map. */
  readonly sharedWith?: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Whether its positions are those of the picture, at a stride. */
  readonly spatial: boolean;
  /** Units that fired 0, 1, … `levels` spikes. */
  readonly histogram: readonly number[];
  /** Accumulates that its spikes cause in the original's layers. */
  readonly accumulates: number;
  /** MACs of these layers if its spikes were analog values. */
  readonly denseMacs: number;
  /** Channels that nowhere fired. */
  readonly deadChannels: number;
  /** Spikes of each channel. */
  readonly channelSpikes: readonly number[];
  /** Spikes at each position, [height][width], summed over the channels; if asked for. */
  readonly map?: Uint16Array<ArrayBuffer>;
  /** Spikes of each unit, [height][width][channels], of 0..`levels`; if this layer was asked for. */
  readonly spikeCounts?: Uint8Array<ArrayBuffer>;
}

/** Arithmetic of one layer, or of a part of one. */
export interface LayerOperations {
  readonly name: string;
  readonly group: LayerGroup;
  /** Neuron layers whose spikes it adds up; none if its input is analog. */
  readonly neurons: readonly string[];
  /** Additions of weights: Σ spikes × outputs that read their position. */
  readonly accumulates: number;
  /** Multiply-accumulates, where the input is analog. */
  readonly macs: number;
  /** Multiply-accumulates if nothing were spikes. */
  readonly denseMacs: number;
  /** As `denseMacs`, but with those on padding: what is called FLOPs in the literature. */
  readonly nominalMacs: number;
  /** The literature's estimate of `accumulates`: T · D · rate × `nominalMacs`. */
  readonly rateAccumulates: number;
}

export interface StatisticsTotals extends FiringCounts {
  readonly layers: number;
  readonly channels: number;
  readonly deadChannels: number;
  /** Of `operations`. */
  readonly network: OperationTotals;
  /** Of `executed`. */
  readonly engine: OperationTotals;
  /** Of `operations`, as the literature estimates them. */
  readonly rateFormula: Omit<OperationTotals, 'denseMacs' | 'denseEnergy'>;
}

export interface OperationTotals {
  readonly accumulates: number;
  readonly macs: number;
  readonly denseMacs: number;
  /** Millijoules a picture at 45 nm, arithmetic only: memory is not counted. */
  readonly energy: EnergyTable;
  /** The same of the dense twin. */
  readonly denseEnergy: EnergyTable;
}

export type EnergyTable = Readonly<Record<EnergyPreset, number>>;
