import { proxy, releaseProxy, transfer, wrap } from 'comlink';
import { SpikesegError, throwIfAborted } from '../errors.ts';
import type { Picture } from '../engine/picture.ts';
import type { Backend, BackendOptions } from './backend.ts';
import type { EngineHost } from './host.ts';
import { installErrorTransfer } from './wire.ts';

/**
 * Loads a model in a worker of its own, which ends when the backend is disposed of.
 * @throws SpikesegError
 */
export async function connectBackend({
  model,
  powerPreference,
  signal,
  onProgress,
}: Omit<BackendOptions, 'gpu'>): Promise<Backend> {
  throwIfAborted(signal);
  installErrorTransfer();
  const worker = new Worker(new URL('./host.ts', import.meta.url), {
    type: 'module',
    name: 'spikeseg',
  });
  const remote = wrap<EngineHost>(worker);

  // Comlink never settles a call whose worker has died; every call races against this.
  let die: (error: SpikesegError) => void = () => undefined;
  const died = new Promise<never>((_, reject) => {
    die = reject;
  });
  died.catch(() => undefined); // nobody listens between calls
  const fail = (message: string) => {
    die(new SpikesegError('worker-died', `${message}: create a new segmenter`));
    worker.terminate();
  };
  worker.addEventListener('error', (event) =>
    fail(event.message || 'the worker could not be loaded'),
  );
  worker.addEventListener('messageerror', () => fail('a message to the worker could not be read'));

  let calls = 0;
  const call = async <T>(
    signal: AbortSignal | undefined,
    work: (id: number) => Promise<T>,
  ): Promise<T> => {
    throwIfAborted(signal);
    const id = calls++;
    const abort = () => void remote.abort(id);
    signal?.addEventListener('abort', abort);
    try {
      return await Promise.race([work(id), died]);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  };

  const end = (error: SpikesegError) => {
    die(error);
    remote[releaseProxy]();
    worker.terminate();
  };
  const progress = proxy(onProgress ?? (() => undefined));
  const options = { model, powerPreference };
  const info = await call(signal, (id) => remote.create(id, options, progress)).catch(
    (error: unknown) => {
      end(new SpikesegError('disposed', 'this segmenter was never created'));
      throw error;
    },
  );
  return {
    model: info,
    segment: (picture, { signal, ...rest }) =>
      call(signal, (id) => remote.segment(id, transfer(picture, transferables(picture)), rest)),
    stats: () => Promise.race([remote.stats(), died]),
    async dispose() {
      await Promise.race([remote.dispose(), died]).catch(() => undefined);
      end(disposed());
    },
  };
}

export function disposed(): SpikesegError {
  return new SpikesegError('disposed', 'this segmenter was disposed of: create a new one');
}

function transferables(picture: Picture): Transferable[] {
  return picture.kind === 'pixels' ? [picture.data.buffer] : [picture.image];
}
