/** Plays a camera or a video file in the page's video element, and tells of every frame. */
export class VideoFeed {
  readonly video: HTMLVideoElement;
  readonly #onFrame: () => void;
  readonly #onEnd: () => void;
  #open = new AbortController();
  #stream: MediaStream | undefined;
  #paused = false;

  /** @param onEnd - the camera was taken away */
  constructor(video: HTMLVideoElement, onFrame: () => void, onEnd: () => void) {
    this.video = video;
    this.#onFrame = onFrame;
    this.#onEnd = onEnd;
  }

  /**
   * Plays a stream, which is taken over, or a file, again and again.
   * @throws DOMException `NotSupportedError` if the file cannot be played, `AbortError` if closed
   */
  async play(source: MediaStream | File): Promise<void> {
    this.close();
    this.#paused = false;
    const { signal } = (this.#open = new AbortController());
    const { video } = this;
    if (source instanceof MediaStream) {
      this.#stream = source;
      for (const track of source.getTracks())
        track.addEventListener('ended', this.#onEnd, { signal });
      video.srcObject = source;
    } else {
      const url = URL.createObjectURL(source);
      signal.addEventListener('abort', () => URL.revokeObjectURL(url));
      video.src = url;
      video.addEventListener('ended', () => this.#repeat(), { signal });
    }
    // Also if it is paused before it begins, or ends with its first picture.
    video.addEventListener('loadeddata', () => this.#watch(signal), { signal, once: true });
    await video.play().catch((error: unknown) => {
      // A film may be over before it is said to play.
      if (!video.ended) throw error;
    });
  }

  /** Of the camera that plays. */
  get cameraId(): string | undefined {
    return this.#stream?.getVideoTracks()[0]?.getSettings().deviceId;
  }

  /** Lets a file stand still. Turns a camera off, since nothing else puts its light out. */
  pause(): void {
    this.#paused = true;
    if (this.#stream) this.close();
    else this.video.pause();
  }

  /** @returns whether a file plays on; a camera is to be opened again */
  resume(): boolean {
    if (!this.video.hasAttribute('src')) return false;
    this.#paused = false;
    // Closing it meanwhile ends the wish to play.
    this.video.play().catch(() => undefined);
    return true;
  }

  /** Turns the camera off; again, does nothing. */
  close(): void {
    this.#open.abort();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.video.srcObject = null;
    this.video.removeAttribute('src');
  }

  /** Not by `loop`: of a film without length Chromium looks for the start for ever. */
  #repeat(): void {
    if (!this.#paused && this.video.duration > 0) this.resume();
  }

  #watch(signal: AbortSignal): void {
    const { video } = this;
    const each = (then: () => void) => {
      if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(then);
      else requestAnimationFrame(then);
    };
    let shown = -1;
    const look = () => {
      if (signal.aborted) return;
      // The screen may be drawn more often than the video has frames, and a film that begins again
      // has none for a moment.
      const ready = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
      if (ready && video.currentTime !== shown) {
        shown = video.currentTime;
        this.#onFrame();
      }
      each(look);
    };
    look();
  }
}
