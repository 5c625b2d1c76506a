import { expose, transfer } from 'comlink';
import { SpikesegError } from '../errors.ts';
import type { Picture } from '../engine/picture.ts';
import type { Progress, Segmentation, SegmentOptions, SegmenterStats, ModelInfo } from './api.ts';
import { createBackend, type Backend, type BackendOptions } from './backend.ts';
import { installErrorTransfer } from './wire.ts';

/** What the worker does for the page. Abort signals do not cross; calls carry a number instead. */
export interface EngineHost {
  create(
    call: number,
    options: Pick<BackendOptions, 'model' | 'powerPreference'>,
    onProgress: (progress: Progress) => void,
  ): Promise<ModelInfo>;
  segment(
    call: number,
    picture: Picture,
    options: Omit<SegmentOptions, 'signal'>,
  ): Promise<Segmentation>;
  /** Aborts the call of this number, if it is still running. */
  abort(call: number): void;
  stats(): Promise<SegmenterStats>;
  dispose(): Promise<void>;
}

let backend: Backend | undefined;
const running = new Map<number, AbortController>();

async function abortable<T>(call: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  running.set(call, controller);
  try {
    return await work(controller.signal);
  } finally {
    running.delete(call);
  }
}

function loaded(): Backend {
  if (backend) return backend;
  throw new SpikesegError('internal', 'the worker was asked to work before its model was loaded');
}

const host: EngineHost = {
  create: (call, options, onProgress) =>
    abortable(call, async (signal) => {
      backend = await createBackend({ ...options, signal, onProgress });
      return backend.model;
    }),
  segment: (call, picture, options) =>
    abortable(call, async (signal) => {
      const result = await loaded().segment(picture, { ...options, signal });
      const buffers = [
        result.labels.buffer,
        result.scores?.data.buffer,
        ...(result.statistics?.layers ?? []).flatMap(({ map, spikeCounts }) => [
          map?.buffer,
          spikeCounts?.buffer,
        ]),
      ];
      return transfer(
        result,
        buffers.filter((buffer) => buffer !== undefined),
      );
    }),
  abort: (call) => running.get(call)?.abort(),
  stats: () => loaded().stats(),
  dispose: async () => {
    await backend?.dispose();
  },
};

installErrorTransfer();
expose(host);
