import { SpikesegError } from '../../errors.ts';
import { type ModelConfig, parseConfig } from '../config.ts';
import { quoted, shapeText } from '../describe.ts';
import type { TensorSource } from '../tensors.ts';
import { describeForeign } from './foreign.ts';

/** What names and shapes do not tell. */
export interface InferOptions {
  /** Attention heads of the backbone; 8 in the released models. */
  readonly numHeads?: number;
  /** Attention heads of the transformer decoder; 8 in the released models. */
  readonly decHeads?: number;
  /** D, the most spikes a neuron counts; 8 in the released models. */
  readonly levels?: number;
  /** Gain inside the class and mask head; 4 in the released models. */
  readonly headAlpha?: number;
}

const BACKBONE = 'backbone';
const HEAD = 'decode_head';
const ENCODER = `${HEAD}.pixel_decoder.encoder.layers`;
const DECODER = `${HEAD}.transformer_decoder.layers`;
/** Offsets of the 9 points of a deformable convolution, x and y, for each group. */
const OFFSETS_PER_GROUP = 18;

/**
 * The configuration of a Spike2Former from the names and shapes of its tensors; the rest comes from
 * `options`, and is that of the released models by default. Only a few tensors are looked at:
 * compare all of them with the configuration before they are used.
 *
 * @throws SpikesegError `weights-invalid` naming the tensor that is missing or has a wrong shape, and
 *   what the file seems to be instead; `manifest-invalid` for numbers that do not go together, e.g.
 *   heads that do not divide a width
 * @see https://github.com/BICLab/Spike2Former
 */
export function inferConfig(source: TensorSource, options: InferOptions = {}): ModelConfig {
  const shapes = new ShapeReader(source);
  const rows = (name: string) => shapes.size(name, 0);
  const downsampled = (name: string) => rows(`${BACKBONE}.${name}.encode_conv.weight`);

  const embedDim = [
    downsampled('downsample1_2'),
    downsampled('downsample2'),
    downsampled('downsample3'),
    downsampled('downsample4'),
  ] as const;
  const mlp = `${BACKBONE}.block3.0.mlp.fc1_conv.weight`;
  const offsets = `${ENCODER}.0.dcn.offset.0.weight`;
  const classes = `${HEAD}.cls_embed.weight`;
  const numClasses = rows(classes) - 1;
  if (numClasses < 1) throw shapes.wrongShape(classes, 'two rows or more');
  return parseConfig({
    embed_dim: embedDim,
    num_heads: options.numHeads ?? 8,
    mlp_ratio: shapes.quotient(mlp, embedDim[2]),
    depth3: shapes.layers(`${BACKBONE}.block3`),
    depth4: shapes.layers(`${BACKBONE}.block4`),
    feat_channels: shapes.size(`${HEAD}.level_embed.weight`, 1),
    num_queries: rows(`${HEAD}.query_feat.weight`),
    num_classes: numClasses,
    enc_layers: shapes.layers(ENCODER),
    dec_layers: shapes.layers(DECODER),
    enc_ffn: rows(`${ENCODER}.0.ffn.fc1_conv.weight`),
    dec_ffn: rows(`${DECODER}.0.ffn.fc1.weight`),
    dcn_groups: shapes.quotient(offsets, OFFSETS_PER_GROUP),
    dcn_kernel: shapes.size(`${ENCODER}.0.dcn.dw_conv.0.weight`, 3),
    dec_heads: options.decHeads ?? 8,
    levels: options.levels ?? 8,
    head_alpha: options.headAlpha ?? 4,
  });
}

class ShapeReader {
  readonly #source: TensorSource;

  constructor(source: TensorSource) {
    this.#source = source;
  }

  /** Size of an axis, at least 1. */
  size(name: string, axis: number): number {
    const size = this.#shape(name)[axis];
    if (size !== undefined && size >= 1) return size;
    throw this.wrongShape(name, `a size of 1 or more in axis ${axis}`);
  }

  /** Rows of a tensor in multiples of `divisor`. */
  quotient(name: string, divisor: number): number {
    const rows = this.size(name, 0);
    if (rows % divisor === 0) return rows / divisor;
    throw this.wrongShape(name, `a multiple of ${divisor} rows`);
  }

  /** How many layers `key.0.`, `key.1.`, … there are. */
  layers(key: string): number {
    const indices = new Set<string>();
    for (const name of this.#source.tensors.keys()) {
      if (!name.startsWith(`${key}.`)) continue;
      indices.add(name.slice(key.length + 1).split('.', 1)[0] ?? '');
    }
    for (let layer = 0; layer < Math.max(indices.size, 1); layer++) {
      if (!indices.has(String(layer))) throw this.#missing(`${key}.${layer}`);
    }
    return indices.size;
  }

  wrongShape(name: string, expected: string): SpikesegError {
    return new SpikesegError(
      'weights-invalid',
      `tensor ${quoted(name)} has the shape ${shapeText(this.#shape(name))}, expected ${expected}; ` +
        'use the weights of a Spike2Former',
    );
  }

  #shape(name: string): readonly number[] {
    const tensor = this.#source.tensors.get(name);
    if (tensor === undefined) throw this.#missing(name);
    return tensor.shape;
  }

  #missing(name: string): SpikesegError {
    const foreign =
      describeForeign(this.#source) ?? 'It has the names of a Spike2Former otherwise.';
    return new SpikesegError(
      'weights-invalid',
      `it has no ${quoted(name)}, which every Spike2Former has. ${foreign} Use the whole ` +
        'checkpoint of a Spike2Former',
    );
  }
}
