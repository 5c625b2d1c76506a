/** What is asked of a camera; the network sees far fewer pixels. */
const WANTED: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 } };

/**
 * Asks for a camera, which the browser asks the visitor for. The caller stops the tracks.
 * @param id - of one camera, else the browser's first choice
 * @throws DOMException that {@link explainCamera} puts in words
 */
export async function openCamera(id?: string): Promise<MediaStream> {
  if (!('mediaDevices' in navigator)) throw new DOMException('', 'SecurityError');
  const which = id === undefined ? { facingMode: 'user' } : { deviceId: { exact: id } };
  return navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...which }, audio: false });
}

/** Named only once the visitor has allowed one. */
export async function listCameras(): Promise<readonly MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === 'videoinput');
}

const REASONS = new Map([
  [
    'NotAllowedError',
    'The camera was not allowed. Allow it by the camera or lock symbol beside the address, and in the settings of the system, then press Camera again.',
  ],
  ['NotFoundError', 'No camera was found. Plug one in, then press Camera again.'],
  [
    'NotReadableError',
    'The camera gives no picture. Another program may be using it: close that one, then press Camera again.',
  ],
  ['OverconstrainedError', 'That camera is not there any more. Press Camera to use another.'],
  ['SecurityError', 'Browsers give a camera only to pages from https:// or from localhost.'],
]);

/** Why there is no camera, and what a visitor can do. */
export function explainCamera(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  return REASONS.get(name) ?? `The camera could not be started: ${String(error)}`;
}
