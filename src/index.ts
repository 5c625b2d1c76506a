export { SpikesegError, type SpikesegErrorCode } from './errors.ts';
export type { ModelClass } from './model/manifest.ts';
export type {
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
export { Segmenter } from './worker/segmenter.ts';
