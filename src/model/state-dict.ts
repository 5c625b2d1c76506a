import type { ModelConfig } from './config.ts';
import type { BackboneConfig } from './metaspikeformer/backbone.ts';
import type { ClassifierConfig } from './metaspikeformer/config.ts';

/** What decides which tensors a network has. */
export type NetworkConfig = ModelConfig | ClassifierConfig;

type Shapes = Map<string, number[]>;

const BATCH_NORM = ['weight', 'bias', 'running_mean', 'running_var'];
const LEVELS = 3;

/**
 * Every tensor of the network under its official name, with its shape, in the official order. Batch
 * norm's `num_batches_tracked` counters are left out: they only matter to training.
 *
 * @see https://github.com/BICLab/Spike2Former
 * @see https://github.com/BICLab/Spike-Driven-Transformer-V2 for the classifier
 */
export function expectedTensors(config: NetworkConfig): Map<string, number[]> {
  const shapes: Shapes = new Map();
  if ('timesteps' in config) {
    addBackbone(shapes, '', config);
    addConv(shapes, 'head', [config.numClasses, config.embedDim[3]], true);
    return shapes;
  }
  addBackbone(shapes, 'backbone.', config);
  shapes.set('decode_head.w', [1]);
  addPixelDecoder(shapes, 'decode_head.pixel_decoder', config);
  addTransformerDecoder(shapes, 'decode_head.transformer_decoder', config);
  addHead(shapes, 'decode_head', config);
  return shapes;
}

function addBackbone(shapes: Shapes, prefix: string, config: BackboneConfig): void {
  const [e0, e1, e2, e3] = config.embedDim;
  const half = e0 / 2;
  const ratio = config.mlpRatio;
  addDownsampling(shapes, `${prefix}downsample1_1`, half, 3, 7);
  addConvBlock(shapes, `${prefix}ConvBlock1_1.0`, half, ratio);
  addDownsampling(shapes, `${prefix}downsample1_2`, e0, half, 3);
  addConvBlock(shapes, `${prefix}ConvBlock1_2.0`, e0, ratio);
  addDownsampling(shapes, `${prefix}downsample2`, e1, e0, 3);
  addConvBlock(shapes, `${prefix}ConvBlock2_1.0`, e1, ratio);
  addConvBlock(shapes, `${prefix}ConvBlock2_2.0`, e1, ratio);
  addDownsampling(shapes, `${prefix}downsample3`, e2, e1, 3);
  for (let i = 0; i < config.depth3; i++) addBlock(shapes, `${prefix}block3.${i}`, e2, ratio);
  addDownsampling(shapes, `${prefix}downsample4`, e3, e2, 3);
  for (let i = 0; i < config.depth4; i++) addBlock(shapes, `${prefix}block4.${i}`, e3, ratio);
}

function addDownsampling(shapes: Shapes, key: string, out: number, from: number, k: number): void {
  addConv(shapes, `${key}.encode_conv`, [out, from, k, k], true);
  addBatchNorm(shapes, `${key}.encode_bn`, out);
}

function addConvBlock(shapes: Shapes, key: string, c: number, ratio: number): void {
  addConv(shapes, `${key}.Conv.pwconv1`, [2 * c, c, 1, 1]);
  addBatchNorm(shapes, `${key}.Conv.bn1`, 2 * c);
  addConv(shapes, `${key}.Conv.dwconv`, [2 * c, 1, 7, 7]);
  addConv(shapes, `${key}.Conv.pwconv2`, [c, 2 * c, 1, 1]);
  addBatchNorm(shapes, `${key}.Conv.bn2`, c);
  addConv(shapes, `${key}.conv1`, [ratio * c, c, 3, 3]);
  addBatchNorm(shapes, `${key}.bn1`, ratio * c);
  addConv(shapes, `${key}.conv2`, [c, ratio * c, 3, 3]);
  addBatchNorm(shapes, `${key}.bn2`, c);
}

/** Spike-driven self attention and MLP. */
function addBlock(shapes: Shapes, key: string, c: number, ratio: number): void {
  for (const name of ['q_conv', 'k_conv', 'v_conv', 'proj_conv']) {
    addRepConv(shapes, `${key}.attn.${name}`, c);
  }
  addMlp(shapes, `${key}.mlp`, c, ratio * c);
}

function addRepConv(shapes: Shapes, key: string, c: number): void {
  addConv(shapes, `${key}.0.body.0`, [c, c, 1, 1]);
  addBatchNorm(shapes, `${key}.0.body.1.bn`, c);
  addConv(shapes, `${key}.0.body.2.0`, [c, 1, 3, 3]);
  addConv(shapes, `${key}.0.body.2.1`, [c, c, 1, 1]);
  addBatchNorm(shapes, `${key}.0.body.2.2`, c);
  addBatchNorm(shapes, `${key}.1`, c);
}

/** The MLP of the backbone and of the pixel decoder. */
function addMlp(shapes: Shapes, key: string, c: number, hidden: number): void {
  addConv(shapes, `${key}.fc1_conv`, [hidden, c, 1], true);
  addBatchNorm(shapes, `${key}.fc1_bn`, hidden);
  addConv(shapes, `${key}.fc2_conv`, [c, hidden, 1], true);
  addBatchNorm(shapes, `${key}.fc2_bn`, c);
}

function addPixelDecoder(shapes: Shapes, key: string, config: ModelConfig): void {
  const [e0, e1, , e3] = config.embedDim;
  const c = config.featChannels;
  for (const [i, from] of [e0 / 2, e0, e1].entries()) {
    addConvNorm(shapes, `${key}.lateral_convs.${i}`, [c, from, 1, 1], true);
  }
  for (let i = 0; i < LEVELS; i++) addConvNorm(shapes, `${key}.output_convs.${i}`, [c, 1, 3, 3]);
  addConv(shapes, `${key}.mask_feature`, [c, c, 1, 1], true);
  for (let i = 0; i < config.encLayers; i++) {
    addEncoderLayer(shapes, `${key}.encoder.layers.${i}`, config);
  }
  addConvNorm(shapes, `${key}.encoder_in_proj`, [c, e3, 1, 1], true);
  addConvNorm(shapes, `${key}.encoder_out_proj`, [c, c, 1, 1], true);
}

function addEncoderLayer(shapes: Shapes, key: string, config: ModelConfig): void {
  const { featChannels: c, dcnGroups: groups, dcnKernel: k } = config;
  for (const name of ['gamma1', 'gamma2', 'gamma3']) shapes.set(`${key}.${name}`, [c]);
  addSeparableConv(shapes, `${key}.Conv`, c, 3);
  addConvNorm(shapes, `${key}.dcn.dw_conv`, [c, 1, k, k]);
  addConvNorm(shapes, `${key}.dcn.offset`, [18 * groups, c, 1, 1], true);
  addConvNorm(shapes, `${key}.dcn.mask`, [9 * groups, c, 1, 1], true);
  addSeparableConv(shapes, `${key}.dcn.input_proj`, c, k);
  addSeparableConv(shapes, `${key}.dcn.output_proj`, c, k);
  addMlp(shapes, `${key}.ffn`, c, config.encFfn);
}

function addSeparableConv(shapes: Shapes, key: string, c: number, k: number): void {
  addConvNorm(shapes, `${key}.pwconv1`, [2 * c, c, 1, 1]);
  addConvNorm(shapes, `${key}.dwconv`, [2 * c, 1, k, k]);
  addConvNorm(shapes, `${key}.pwconv2`, [c, 2 * c, 1, 1]);
}

function addTransformerDecoder(shapes: Shapes, key: string, config: ModelConfig): void {
  const { featChannels: c, decFfn: hidden } = config;
  for (let i = 0; i < config.decLayers; i++) {
    const layer = `${key}.layers.${i}`;
    for (const attention of ['self_attn.attn', 'cross_attn.attn']) {
      for (const name of ['q_conv', 'k_conv', 'v_conv', 'out_conv']) {
        addConvNorm(shapes, `${layer}.${attention}.${name}`, [c, c, 1], true);
      }
    }
    addConv(shapes, `${layer}.ffn.fc1`, [hidden, c, 1], true);
    addBatchNorm(shapes, `${layer}.ffn.bn1`, hidden);
    addConv(shapes, `${layer}.ffn.fc2`, [c, hidden, 1], true);
    addBatchNorm(shapes, `${layer}.ffn.bn2`, c);
  }
}

function addHead(shapes: Shapes, key: string, config: ModelConfig): void {
  const { featChannels: c, numQueries: queries, numClasses } = config;
  shapes.set(`${key}.query_embed.weight`, [queries, c]);
  shapes.set(`${key}.query_feat.weight`, [queries, c]);
  shapes.set(`${key}.level_embed.weight`, [LEVELS, c]);
  addConv(shapes, `${key}.cls_embed`, [numClasses + 1, c], true);
  addConv(shapes, `${key}.mask_embed.fc1`, [c, c]);
  addConv(shapes, `${key}.mask_embed.fc2`, [c, c]);
  addConv(shapes, `${key}.mask_embed.fc_out`, [c, c], true);
  addConvNorm(shapes, `${key}.shortcut_conv`, [queries, queries, 1]);
}

/** A convolution and the batch norm after it, numbered as in a sequence. */
function addConvNorm(shapes: Shapes, key: string, shape: [number, ...number[]], bias = false) {
  addConv(shapes, `${key}.0`, shape, bias);
  addBatchNorm(shapes, `${key}.1`, shape[0]);
}

/** A convolution or linear layer; `shape` is the weight's, output channels first. */
function addConv(shapes: Shapes, key: string, shape: [number, ...number[]], bias = false): void {
  shapes.set(`${key}.weight`, shape);
  if (bias) shapes.set(`${key}.bias`, [shape[0]]);
}

function addBatchNorm(shapes: Shapes, key: string, channels: number): void {
  for (const name of BATCH_NORM) shapes.set(`${key}.${name}`, [channels]);
}

/** True for tensors that say nothing about a network: training counters, auxiliary heads. */
export function isNoise(name: string): boolean {
  return name.endsWith('num_batches_tracked') || /(^|\.)auxiliary/.test(name);
}
