import { Engine } from '../engine/engine.ts';
import type { Picture } from '../engine/picture.ts';
import { openDevice } from '../gpu/device.ts';
import { fit } from '../model/fit.ts';
import type { ModelInfo, Progress, Segmentation, SegmentOptions, SegmenterStats } from './api.ts';
import { loadModel, type LoadedModel, type ModelLocation } from './loader.ts';
import { classShares } from './shares.ts';

/** What a segmenter needs of the engine, wherever that runs. */
export interface Backend {
  readonly model: ModelInfo;
  /** Takes the picture over. The `timings` lack the decoding. */
  segment(picture: Picture, options: SegmentOptions): Promise<Segmentation>;
  stats(): Promise<SegmenterStats>;
  dispose(): Promise<void>;
}

export interface BackendOptions {
  readonly model: ModelLocation;
  readonly powerPreference?: GPUPowerPreference | undefined;
  readonly gpu?: GPU | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Loads a model and runs it in this thread.
 * @throws SpikesegError
 */
export async function createBackend({
  model: location,
  powerPreference,
  gpu = typeof navigator === 'undefined' ? undefined : navigator.gpu,
  signal,
  onProgress,
}: BackendOptions): Promise<Backend> {
  // The device first: without one, nothing need be downloaded.
  const device = await openDevice(gpu, powerPreference);
  const started = performance.now();
  const loaded = await loadModel(location, { signal, onProgress }).catch((error: unknown) => {
    device.device.destroy();
    throw error;
  });
  const download = performance.now() - started;
  const { manifest, weights } = loaded;
  const engine = await Engine.create(device, manifest, weights, {
    signal,
    onProgress: (phase, done, total) => onProgress?.({ phase, loaded: done, total }),
  });
  return {
    model: describeModel(loaded),
    async segment(picture, { signal, size, scores, timestep, statistics, profile }) {
      const start = performance.now();
      const labelling = await engine.segment(picture, {
        signal,
        size,
        scores,
        timestep,
        profile,
        ...(statistics ? { statistics: statistics === true ? {} : statistics } : {}),
      });
      const run = performance.now() - start;
      const { content, input } = fit(manifest.preprocessing, picture, size);
      return {
        ...labelling,
        network: input,
        content,
        classes: classShares(manifest.classes, labelling.labels),
        timings: { decode: 0, run, total: run },
      };
    },
    stats() {
      const { plan, dispatches, plain, images } = engine.statistics();
      const { buffers, bytes } = engine.memory();
      return Promise.resolve({
        adapter: engine.adapter,
        gpuBuffers: buffers,
        gpuBytes: bytes,
        plan: { weights: plan?.weightBytes ?? 0, activations: plan?.activationBytes ?? 0 },
        dispatches,
        plain,
        timestamps: engine.timestamps,
        timings: { download, ...engine.loading },
        images,
      });
    },
    dispose: () => engine.dispose(),
  };
}

function describeModel({ manifest, notices, report }: LoadedModel): ModelInfo {
  const { name, title, description, classes, preprocessing, weights, config } = manifest;
  const [height, width] = preprocessing.size;
  const { input } = fit(preprocessing, { height, width });
  return {
    name,
    title,
    description,
    classes,
    inputSize: input,
    parameters: weights.parameters,
    bytes: weights.bytes,
    sha256: weights.sha256,
    levels: config.levels,
    ...(manifest.metrics?.miou === undefined ? {} : { miou: manifest.metrics.miou }),
    ...(manifest.licence === undefined ? {} : { licence: manifest.licence.weights }),
    notices,
    ...(report === undefined ? {} : { report }),
  };
}
