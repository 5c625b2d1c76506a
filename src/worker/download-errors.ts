import { SpikesegError } from '../errors.ts';

const BY_HAND = 'download the file by hand and open it from your disk';

/**
 * Says in words what an answer means that holds no file.
 * @throws SpikesegError `network`
 */
export async function refuseResponse(url: string, response: Response): Promise<void> {
  const problem = problemOf(url, response);
  if (problem === undefined) return;
  await response.body?.cancel();
  throw new SpikesegError('network', problem);
}

function problemOf(url: string, { status, statusText, ok, headers }: Response): string | undefined {
  if (status === 404 || status === 410) {
    return `there is no file at ${url} (the server answered ${status}): check the address`;
  }
  if (status === 401 || status === 403) {
    return (
      `the server refuses to give ${url} (it answered ${status}): it may want a login, or a ` +
      `licence accepted; ${BY_HAND}`
    );
  }
  if (!ok) return `${url} could not be fetched: the server answered ${status} ${statusText}`;
  if (headers.get('Content-Type')?.startsWith('text/html') === true) {
    return (
      `${url} is a web page, not a file of weights: give the address of the file itself ` +
      '(at Hugging Face, /resolve/ instead of /blob/)'
    );
  }
  return undefined;
}

/**
 * A page is not told why its request failed. If the same request succeeds where the page may not see
 * the answer, then it is the page that is kept out.
 * @throws SpikesegError `network` if so
 */
export async function explainBlocked(url: string): Promise<void> {
  // Node has no origin, and nothing is kept from it.
  if (typeof location === 'undefined' || new URL(url).origin === location.origin) return;
  const reachable = await fetch(url, { method: 'HEAD', mode: 'no-cors' }).then(
    () => true,
    () => false,
  );
  if (!reachable) return;
  throw new SpikesegError(
    'network',
    `the server of ${url}, or one that it redirects to, does not allow this page to read the file ` +
      `(CORS): ${BY_HAND}`,
  );
}
