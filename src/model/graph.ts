import { WINDOW_BYTES, spikeBytes, type MapShape, type Size } from './shapes.ts';

/** An activation: exists while one picture passes through, in a buffer that the plan assigns. */
export interface Tensor {
  readonly id: number;
  readonly label: string;
  /** `spikes`: words of 8 counts; `f32`: an analog map. */
  readonly type: 'spikes' | 'f32';
  readonly shape: MapShape;
}

/** Numbers made from the weights at load, on the GPU for as long as the model. */
export interface Constant {
  readonly label: string;
  /** f32. */
  readonly bytes: number;
  /** Small weights that all lanes read alike: kept where they can be bound as uniform memory. */
  readonly uniform: boolean;
}

/** Constants that come from one reading of the weights. */
export interface ConstantGroup {
  readonly constants: readonly Constant[];
  /** One array for each constant, in order, of its size. */
  load(read: ReadWeights): Promise<readonly Float32Array<ArrayBuffer>[]>;
}

/** Reads a tensor of the state dict, by its official name, as f32. */
export type ReadWeights = (name: string) => Promise<Float32Array<ArrayBuffer>>;

export type Operand = Tensor | Constant;

/** Channels [offset, offset + channels) of a spike tensor. */
export interface Slice {
  readonly tensor: Tensor;
  readonly offset: number;
  readonly channels: number;
}

/** What a layer does with its current: integrate, store, fire (see the kernels' `Epilogue`). */
export interface Output {
  readonly shape: MapShape;
  readonly membrane: Tensor;
  readonly accumulate: boolean;
  readonly store: boolean;
  readonly channelMajor: boolean;
  readonly fired?: Tensor | undefined;
}

interface Layer {
  /** Official name of the layer, e.g. `backbone.block3.0.mlp.fc1_conv`. */
  readonly label: string;
  readonly weights: Operand;
  readonly bias: Operand;
  readonly output: Output;
  /** The last of the output channels that stand for nothing: they are there to make fours. */
  readonly padding?: number | undefined;
}

/** A layer that an operation does beside another. */
export interface LayerPart {
  /** Official name of the layer, or of what stands for several. */
  readonly label: string;
  readonly input: Slice;
  /** A multiple of 4. */
  readonly outputs: number;
}

export interface SpikeConvOp extends Layer {
  readonly kind: 'spike-conv';
  readonly input: Slice;
  readonly kernel: 1 | 3;
  /** 1 under a 1×1 kernel. */
  readonly stride: 1 | 2;
  /** A coarser map, upsampled bilinearly and added to the current; only under a 1×1 kernel. */
  readonly coarse?: Tensor | undefined;
  /**
   * Two layers side by side, only under a 1×1 kernel: the first sees the first half of the input's
   * channels and gives the first outputs, the second the others.
   */
  readonly parts?: readonly [LayerPart, LayerPart] | undefined;
  /** What the original has in its place, where that is something else. */
  readonly standsFor?: 'rep-conv' | 'bias' | undefined;
}
export interface DenseConvOp extends Layer {
  readonly kind: 'dense-conv';
  readonly input: Tensor;
  readonly kernel: number;
  readonly stride: 1 | 2;
  /** Parts of the channels that are convolved each for itself; undefined: one. */
  readonly groups?: number | undefined;
}
/** Depthwise 3×3 of an analog map. */
export interface DenseDepthwiseOp {
  readonly kind: 'dense-depthwise';
  readonly label: string;
  readonly input: Tensor;
  readonly weights: Constant;
  readonly output: Tensor;
}
export interface SpikeDepthwiseOp extends Layer {
  readonly kind: 'spike-depthwise';
  readonly input: Slice;
  readonly kernel: number;
}
/** A neuron on its own: it reads a map in another order, with an offset, or through a gate. */
export interface SpikeOp {
  readonly kind: 'spike';
  readonly label: string;
  readonly membrane: Tensor;
  /** How the flat memory of `membrane` is read. */
  readonly shape: MapShape;
  readonly channelMajor: boolean;
  readonly offset?: { readonly constant: Constant; readonly rows: number } | undefined;
  readonly gate: boolean;
  /** Of as many channels as `shape`, or twice as many: those of a second neuron, without the offset. */
  readonly fired: Tensor;
  readonly potential?: Tensor | undefined;
}
/** Neurons with memory, over real timesteps: leaky integrate-and-fire with a hard reset to 0. */
export interface LifOp {
  readonly kind: 'lif';
  readonly label: string;
  readonly current: Tensor;
  /** What the reset left of the membrane potential: one of the graph's states. */
  readonly state: Tensor;
  readonly tau: number;
  readonly threshold: number;
  readonly fired: Tensor;
  /** Before the reset. */
  readonly potential?: Tensor | undefined;
}
/** membrane += gain · current over flat memory, then the neuron. */
export interface IntegrateOp {
  readonly kind: 'integrate';
  readonly label: string;
  readonly current: Tensor;
  /** For each channel of the membrane. */
  readonly gain: Constant;
  readonly output: Output;
}
/** q (kᵀ v) of each head. */
export interface AttentionOp {
  readonly kind: 'attention';
  readonly label: string;
  readonly q: Slice;
  readonly k: Slice;
  readonly v: Slice;
  readonly heads: number;
  /** On integer sums: includes the 1/D of q, k and v. */
  readonly scale: number;
  readonly output: Output;
}
/** (q kᵀ) v in the order of the original. */
export interface AttentionLiteralOp {
  readonly kind: 'attention-literal';
  readonly label: string;
  readonly q: Slice;
  readonly k: Slice;
  readonly v: Slice;
  readonly heads: number;
  /** Of a score, and of a value: their product is the scale of the re-associated attention. */
  readonly scoreScale: number;
  readonly valueScale: number;
  readonly output: Output;
}
export interface DeformableOp {
  readonly kind: 'deformable';
  readonly label: string;
  readonly values: Tensor;
  readonly offsets: Tensor;
  readonly mask: Slice;
  readonly groups: number;
  readonly fired: Tensor;
  readonly potential?: Tensor | undefined;
}
export interface ClassProbabilitiesOp {
  readonly kind: 'class-probabilities';
  readonly label: string;
  readonly logits: Tensor;
  readonly output: Tensor;
}
/** The spikes of one virtual timestep: where the count is at least `step`, 1 to D. */
export interface UnrollOp {
  readonly kind: 'unroll';
  readonly label: string;
  readonly counts: Tensor;
  readonly step: number;
  readonly spikes: Tensor;
}
export interface CopyOp {
  readonly kind: 'copy';
  readonly label: string;
  readonly from: Constant;
  readonly to: Tensor;
}

export type LayerOp = SpikeConvOp | DenseConvOp | SpikeDepthwiseOp;
export type Op =
  | LayerOp
  | SpikeOp
  | LifOp
  | IntegrateOp
  | DenseDepthwiseOp
  | AttentionOp
  | AttentionLiteralOp
  | DeformableOp
  | ClassProbabilitiesOp
  | UnrollOp
  | CopyOp;

/** A neuron layer of the network: which spikes are its own. Several may share one set of spikes. */
export interface Neuron {
  /** Official module path, e.g. `backbone.block3.0.attn.q_spike`. */
  readonly name: string;
  readonly spikes: Slice;
  /** Order of the axes in the original's tensor: [C, H, W] or [H, W, C]. */
  readonly layout: 'channels-first' | 'channels-last';
}

/** A network for one size of picture. */
export interface Graph {
  /** D. */
  readonly levels: number;
  /** f32 [H][W][3], normalised RGB. */
  readonly input: Tensor;
  readonly ops: readonly Op[];
  readonly constants: readonly ConstantGroup[];
  readonly neurons: readonly Neuron[];
  /** What lives on from one timestep to the next; zero before the first. */
  readonly states: readonly Tensor[];
  /** What is read once the operations are done. */
  readonly outputs: readonly Tensor[];
}

/** A network that segments. */
export interface SegmentationGraph extends Graph {
  /** f32 [Q][K+1]. */
  readonly classLogits: Tensor;
  /** f32 [⌈H/2⌉][⌈W/2⌉][⌈Q/4⌉·4]; those beyond the last query mean nothing. */
  readonly maskLogits: Tensor;
  /** f32 [blocks.count][⌈Q/4⌉·4][blocks.width] of the `classBlocks`, padded with zeros. */
  readonly probabilities: Tensor;
}

export function tensorBytes({ type, shape }: Tensor): number {
  const { height, width, channels } = shape;
  return type === 'spikes' ? spikeBytes(height, width, channels) : 4 * height * width * channels;
}

/** What a constant takes on the GPU: a uniform window is bound whole. */
export function constantBytes({ bytes, uniform }: Constant): number {
  return uniform ? WINDOW_BYTES : bytes;
}

export function isTensor(operand: Operand): operand is Tensor {
  return 'id' in operand;
}

/** A map of N tokens. */
export function tokens(count: number, channels: number): MapShape {
  return { height: 1, width: count, channels };
}

export function withChannels({ height, width }: Size, channels: number): MapShape {
  return { height, width, channels };
}
