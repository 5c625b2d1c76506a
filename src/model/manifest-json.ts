import type { ModelConfig } from './config.ts';
import type { ModelManifest } from './manifest.ts';

/** What manifest.json says of a model without metrics; `parseManifest` gives the model back. */
export function manifestJson({
  config,
  licence,
  sources,
  ...rest
}: Omit<ModelManifest, 'metrics'>): Readonly<Record<string, unknown>> {
  const { name, title, description, classes, preprocessing, weights } = rest;
  return {
    format: 'spike2former',
    version: 1,
    name,
    title,
    description,
    config: configJson(config),
    classes,
    preprocessing,
    weights,
    ...(licence === undefined ? {} : { licence }),
    data: sources,
  };
}

function configJson(config: ModelConfig): Readonly<Record<string, unknown>> {
  return {
    embed_dim: config.embedDim,
    num_heads: config.numHeads,
    mlp_ratio: config.mlpRatio,
    depth3: config.depth3,
    depth4: config.depth4,
    feat_channels: config.featChannels,
    num_queries: config.numQueries,
    num_classes: config.numClasses,
    enc_layers: config.encLayers,
    dec_layers: config.decLayers,
    enc_ffn: config.encFfn,
    dec_ffn: config.decFfn,
    dcn_groups: config.dcnGroups,
    dcn_kernel: config.dcnKernel,
    dec_heads: config.decHeads,
    levels: config.levels,
    head_alpha: config.headAlpha,
  };
}
