import type { CreateOptions } from './api.ts';
import { absolute, nameOf, openFile } from './files.ts';

/**
 * Fetches a checkpoint without opening it, to be inspected before it is loaded.
 * - `url`: counts from the page if it is relative
 * @throws SpikesegError `network`, `aborted`
 */
export async function downloadCheckpoint(
  url: string | URL,
  { signal, onProgress }: Pick<CreateOptions, 'signal' | 'onProgress'> = {},
): Promise<File> {
  const address = absolute(url);
  const file = await openFile(address, signal, (loaded, total) =>
    onProgress?.({ phase: 'download', loaded, total }),
  );
  return new File([file], nameOf(address));
}
