export { SpikesegError, type SpikesegErrorCode } from './errors.ts';
export type { MisshapedTensor, NamedShape, TensorComparison } from './model/check-tensors.ts';
export type { CheckpointOptions } from './model/checkpoint/options.ts';
export type { CheckpointReport } from './model/checkpoint/report.ts';
export type { ModelConfig } from './model/config.ts';
export type { ModelClass } from './model/manifest.ts';
export { ENERGY_45NM as energy45nm, type EnergyPreset } from './model/energy.ts';
export {
  firingRatesCsv,
  hashPixels,
  statisticsCsv,
  statisticsJson,
  type ImageProvenance,
  type Provenance,
} from './model/export-statistics.ts';
export { LAYER_GROUPS as layerGroups, type LayerGroup } from './model/layer-groups.ts';
export { sha256OfBlob } from './model/sha256.ts';
export { mergeStatistics } from './model/merge-statistics.ts';
export type { OperationProfile } from './model/profile.ts';
export {
  PUBLISHED_MODELS as publishedModels,
  type PublishedModel,
  type PublishedName,
} from './model/registry/registry.ts';
export type {
  EnergyTable,
  FiringCounts,
  FiringStatistics,
  LayerFiring,
  LayerOperations,
  OperationTotals,
  StatisticsOptions,
  StatisticsTotals,
} from './model/statistics.ts';
export type {
  CheckpointSource,
  ClassShare,
  CreateOptions,
  ModelFiles,
  ModelInfo,
  ModelSource,
  PixelSource,
  Progress,
  ScoreMap,
  Segmentation,
  SegmentOptions,
  SegmenterStats,
  SegmentSource,
  SegmentTimings,
} from './worker/api.ts';
export { downloadCheckpoint } from './worker/download-checkpoint.ts';
export { grabFrame } from './worker/frame.ts';
export { inspectCheckpoint } from './worker/inspect-checkpoint.ts';
export { Segmenter } from './worker/segmenter.ts';
export { VERSION as version } from './version.ts';
export { modelStore, type StoredModel } from './worker/store.ts';
