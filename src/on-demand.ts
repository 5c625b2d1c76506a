import { SpikesegError } from './errors.ts';

/**
 * Code that most pages never need, and load when they do.
 * @throws SpikesegError `network` if it cannot be fetched
 */
export async function onDemand<T>(module: Promise<T>): Promise<T> {
  return module.catch((cause: unknown) => {
    throw new SpikesegError(
      'network',
      'a part of spikeseg could not be loaded: keep all files of its dist/ together, and try again',
      { cause },
    );
  });
}
