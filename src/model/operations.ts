import { convolutionFanOut, totalFanOut, type FanOut } from './fan-out.ts';
import type { Op, Slice, SpikeConvOp } from './graph.ts';
import { strided, type Size } from './shapes.ts';

/** The arithmetic of a layer, or of a part of one. */
export type Work = SpikingWork | AnalogWork;

interface CommonWork {
  readonly name: string;
  /** Multiply-accumulates if nothing were spikes, without those on padding. */
  readonly denseMacs: number;
  /** As usually counted: outputs × weights of an output, padding included. */
  readonly nominalMacs: number;
}
/** Additions of weights, as many as spikes arrive. */
export interface SpikingWork extends CommonWork {
  readonly spikes: Slice;
  readonly fanOut: FanOut;
}
/** Multiplications by analog values; all of them happen. */
export interface AnalogWork extends CommonWork {
  readonly spikes?: undefined;
}

/**
 * What the original's layers do where the engine has `op`, each layer by itself: RepConv is three
 * convolutions, of which the first sees spikes. Biases, norms, shortcuts, neurons, gains and
 * resizing are not counted.
 * @param own what the engine does
 */
export function networkWork(op: Op, own = engineWork(op)): readonly Work[] {
  // The original pads this layer with a constant, and multiplies by that too.
  if (op.kind === 'dense-depthwise') {
    return [analog(op.label, positions(op.input.shape) * 9 * op.input.shape.channels)];
  }
  if (op.kind !== 'spike-conv' || !op.standsFor) return own;
  return op.standsFor === 'rep-conv' ? repConv(op) : [];
}

/** What the engine does for `op`. */
export function engineWork(op: Op): Work[] {
  switch (op.kind) {
    case 'spike-conv': {
      if (op.parts) return op.parts.map(({ label, ...part }) => spiking(label, part.input, part));
      const { label, input, kernel, stride, output, padding = 0 } = op;
      const outputs = output.shape.channels - padding;
      // Not those of the output: it may have rows of tokens beyond the last.
      const pixels = positions(strided(input.tensor.shape, stride));
      const nominal = pixels * kernel ** 2 * input.channels * outputs;
      const fanOut = convolutionFanOut(input.tensor.shape, { kernel, stride, outputs });
      return [spiking(label, input, fanOut, nominal)];
    }
    case 'spike-depthwise': {
      const { label, input, kernel } = op;
      const nominal = positions(input.tensor.shape) * kernel ** 2 * input.channels;
      const fanOut = convolutionFanOut(input.tensor.shape, { kernel, outputs: 1 });
      return [spiking(label, input, fanOut, nominal)];
    }
    case 'dense-conv': {
      const { label, input, kernel, stride, output, groups = 1, padding = 0 } = op;
      const outputs = (output.shape.channels - padding) / groups;
      const nominal = positions(output.shape) * kernel ** 2 * input.shape.channels * outputs;
      const fanOut = convolutionFanOut(input.shape, { kernel, stride, outputs });
      return [analog(label, totalFanOut(fanOut, input.shape) * input.shape.channels, nominal)];
    }
    case 'dense-depthwise': {
      const { label, input } = op;
      const fanOut = convolutionFanOut(input.shape, { kernel: 3, outputs: 1 });
      const { channels } = input.shape;
      const nominal = positions(input.shape) * 9 * channels;
      return [analog(label, totalFanOut(fanOut, input.shape) * channels, nominal)];
    }
    // Each spike of a key adds its value's row to kᵀv, each spike of a query a row of kᵀv.
    case 'attention': {
      const { label, q, k, heads } = op;
      return [
        spiking(label.replace(/attention$/, 'kᵀv'), k, { outputs: k.channels / heads }),
        spiking(label, q, { outputs: q.channels / heads }),
      ];
    }
    case 'attention-literal':
      return [
        spiking(`${op.label} (q kᵀ)`, op.q, { outputs: positions(op.k.tensor.shape) }),
        spiking(`${op.label} (scores v)`, op.v, { outputs: positions(op.q.tensor.shape) }),
      ];
    case 'deformable': {
      const outputs = op.values.shape.channels / op.groups;
      const taps = spiking(`${op.label} (taps)`, op.mask, { outputs });
      // A sample is made of the four pixels around it.
      return [analog(`${op.label} (bilinear)`, 4 * taps.denseMacs), taps];
    }
    default:
      return [];
  }
}

/** 1×1 on spikes, depthwise 3×3 and 1×1 on what that gives; several may stand side by side. */
function repConv({ label, input, output }: SpikeConvOp): Work[] {
  const { channels: outputs } = output.shape;
  const pixels = positions(output.shape);
  return [
    spiking(`${label} (pointwise 1)`, input, { outputs }),
    analog(`${label} (depthwise)`, pixels * 9 * outputs),
    analog(`${label} (pointwise 2)`, pixels * input.channels * outputs),
  ];
}

function spiking(name: string, spikes: Slice, fanOut: FanOut, nominal?: number): SpikingWork {
  const denseMacs = totalFanOut(fanOut, spikes.tensor.shape) * spikes.channels;
  return { name, spikes, fanOut, denseMacs, nominalMacs: nominal ?? denseMacs };
}

function analog(name: string, denseMacs: number, nominalMacs = denseMacs): AnalogWork {
  return { name, denseMacs, nominalMacs };
}

function positions({ height, width }: Size): number {
  return height * width;
}
