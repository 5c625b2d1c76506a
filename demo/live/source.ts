import { explainCamera, openCamera } from './camera.ts';

/** Where live pictures come from. */
export interface LiveSource {
  readonly title: string;
  /** What is on, in words. */
  readonly state: string;
  /** What became of it while the tab is hidden, in words. */
  readonly away: string;
  /** Again, the same camera. Whoever opens a stream stops its tracks. */
  open(): Promise<MediaStream | File>;
  /** Why there are no pictures, and what a visitor can do. */
  explain(error: unknown): string;
}

/** @param id - of one camera, else the browser's choice */
export function cameraSource(id?: string): LiveSource {
  let chosen = id;
  return {
    title: 'Camera',
    state: 'Camera is on',
    away: 'Camera is off while the tab is hidden',
    async open() {
      const stream = await openCamera(chosen);
      chosen = stream.getVideoTracks()[0]?.getSettings().deviceId;
      return stream;
    },
    explain: explainCamera,
  };
}

export function fileSource(file: File): LiveSource {
  return {
    title: file.name,
    state: `Playing ${file.name}`,
    away: 'Paused while the tab is hidden',
    open: () => Promise.resolve(file),
    explain: () =>
      `“${file.name}” is not a video that this browser can play. Try an MP4 or WebM file.`,
  };
}
