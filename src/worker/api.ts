import type { CheckpointOptions } from '../model/checkpoint/options.ts';
import type { CheckpointReport } from '../model/checkpoint/report.ts';
import type { ModelClass } from '../model/manifest.ts';
import type { OperationProfile } from '../model/profile.ts';
import type { FiringStatistics, StatisticsOptions } from '../model/statistics.ts';

/**
 * Where a model comes from: the URL of its folder (or manifest.json), its two files, or a checkpoint
 * of PyTorch.
 */
export type ModelSource = string | URL | ModelFiles | CheckpointSource;

export interface ModelFiles {
  readonly manifest: Blob | string | URL;
  /** A safetensors file. */
  readonly weights: Blob | string | URL;
}

/** A Spike2Former as PyTorch saved it. Nothing in the file is executed. */
export interface CheckpointSource extends CheckpointOptions {
  /** A `.pth` file, or a safetensors file with the official tensor names. */
  readonly checkpoint: Blob | string | URL;
  /**
   * Loads a file although it is not the published one that `as` names; the model's notices then say
   * so. @defaultValue false
   */
  readonly allowHashMismatch?: boolean;
  /** Lets the browser keep what was downloaded for the next visit. @defaultValue true */
  readonly keep?: boolean;
}

export interface CreateOptions {
  /** @defaultValue the bundled `portrait` model, found beside this module */
  readonly model?: ModelSource;
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the loading; `create` then rejects with `aborted` and frees what it had. */
  readonly signal?: AbortSignal;
  readonly powerPreference?: GPUPowerPreference;
  /** false runs the engine in this thread: in Node, or inside a worker of your own. @defaultValue true */
  readonly worker?: boolean;
  /** WebGPU to use instead of `navigator.gpu`; only without a worker. */
  readonly gpu?: GPU;
}

/** One step of loading. Phases come in this order, each from 0 to its total. */
export interface Progress {
  readonly phase: 'download' | 'verify' | 'upload' | 'compile' | 'warm-up';
  /** Bytes while downloading, verifying and uploading, else steps. */
  readonly loaded: number;
  /** 0 where the server does not tell how much there is to download. */
  readonly total: number;
}

/** What can be segmented. Nothing is closed or changed; a video gives its current frame. */
export type SegmentSource =
  | ImageBitmap
  | ImageData
  | PixelSource
  | Blob
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | OffscreenCanvas
  | VideoFrame;

/** Pixels in memory, as `ImageData` has them and Node can have them. */
export interface PixelSource {
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bits each, row-major; alpha is ignored. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

export interface SegmentOptions {
  /** Rejects this call with `aborted`; the segmenter stays usable. */
  readonly signal?: AbortSignal;
  /** Size at which the network runs, in pixels. @defaultValue as the model's manifest says */
  readonly size?: { readonly width: number; readonly height: number };
  /** Also return the score map. @defaultValue false */
  readonly scores?: boolean;
  /**
   * The answer as it stands after this one of the model's D virtual timesteps, 1 to D: a neuron that
   * fires k spikes fires min(k, timestep). @defaultValue D, the whole answer
   */
  readonly timestep?: number;
  /** Also count how the network fires; what more than numbers, the options say. @defaultValue false */
  readonly statistics?: boolean | StatisticsOptions;
  /**
   * Also time every dispatch on the GPU, in a second run, where `SegmenterStats.timestamps` says that
   * this can be done. Waits until `SegmenterStats.plain` is 0, if need be. @defaultValue false
   */
  readonly profile?: boolean;
}

/** A label map and what it shows. The caller owns the arrays. */
export interface Segmentation {
  /** Of the source, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Size at which the network ran, in pixels, padding included. */
  readonly network: { readonly width: number; readonly height: number };
  /** What the source was resized to: its part of the network's input, from the top left. */
  readonly content: { readonly width: number; readonly height: number };
  /** Class index of every pixel, row-major, width × height; Uint16Array above 255 classes. */
  readonly labels: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  /** Every class of the model, in label order. */
  readonly classes: readonly ClassShare[];
  readonly scores?: ScoreMap;
  readonly statistics?: FiringStatistics;
  /** Operations in order of execution, each timed in a pass of its own: their sum is more than a run. */
  readonly profile?: readonly OperationProfile[];
  readonly timings: SegmentTimings;
}

export interface ClassShare extends ModelClass {
  readonly pixels: number;
  /** Part of the picture, in [0, 1]. */
  readonly share: number;
}

/** Σ over queries of class probability × mask probability: at least 0, not a probability. */
export interface ScoreMap {
  /** Of the network's input, in pixels, padding excluded. */
  readonly width: number;
  readonly height: number;
  /** f32, [height][width][classes]. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** Milliseconds. */
export interface SegmentTimings {
  /** From the call to a picture that the GPU can read. */
  readonly decode: number;
  /** From the upload of the picture to the labels in memory. */
  readonly run: number;
  readonly total: number;
}

/** The loaded model, as its manifest tells. */
export interface ModelInfo {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly classes: readonly ModelClass[];
  /** Size of the network's input for a picture of that size, in pixels. */
  readonly inputSize: { readonly width: number; readonly height: number };
  readonly parameters: number;
  /** Bytes of the weights file. */
  readonly bytes: number;
  readonly sha256: string;
  /** D: the largest spike count of a neuron. */
  readonly levels: number;
  /** Mean intersection over union on the model's own validation pictures, in [0, 1]. */
  readonly miou?: number;
  readonly licence?: string;
  /** What people should know before they trust the result, a sentence each. */
  readonly notices: readonly string[];
  /** How the tensors fitted; of a checkpoint. */
  readonly report?: CheckpointReport;
}

/** A snapshot of what the segmenter holds and how long its steps took. */
export interface SegmenterStats {
  /** Vendor, architecture and description, as the browser tells them. */
  readonly adapter: string;
  readonly gpuBuffers: number;
  readonly gpuBytes: number;
  /** Planned by the graph of the model's own size, in bytes. */
  readonly plan: { readonly weights: number; readonly activations: number };
  /** Dispatches that a picture of the size that was used last takes, once all kernels are fast. */
  readonly dispatches: number;
  /**
   * Those of them in whose place plain kernels still run. A network begins with these, as they are soon
   * compiled; after the first picture fast ones take their places one by one, some that of two, with
   * results that were the same to the bit wherever it was tried. 0: all have.
   */
  readonly plain: number;
  /** Whether the device can time operations: `SegmentOptions.profile`. */
  readonly timestamps: boolean;
  /** Milliseconds of loading. What is compiled and first run then are the kernels to begin with. */
  readonly timings: {
    readonly download: number;
    readonly upload: number;
    readonly compile: number;
    readonly warmUp: number;
  };
  /** Pictures segmented. */
  readonly images: number;
}
