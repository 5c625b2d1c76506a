/** Plays a camera or a video file in the page's video element, and tells of every frame. */
export class VideoFeed {
  readonly video: HTMLVideoElement;
  readonly #onFrame: () => void;
  readonly #onEnd: () => void;
  #open = new AbortController();
  #stream: MediaStream | undefined;

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
      video.loop = true;
    }
    await video.play();
    this.#watch(signal);
  }

  /** Of the camera that plays. */
  get cameraId(): string | undefined {
    return this.#stream?.getVideoTracks()[0]?.getSettings().deviceId;
  }

  /** Lets the camera see nothing, or the file stand still, for a while. */
  setPaused(paused: boolean): void {
    for (const track of this.#stream?.getTracks() ?? []) track.enabled = !paused;
    if (paused) this.video.pause();
    // Closing it meanwhile ends the wish to play.
    else this.video.play().catch(() => undefined);
  }

  /** Turns the camera off; again, does nothing. */
  close(): void {
    this.#open.abort();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.video.srcObject = null;
    this.video.removeAttribute('src');
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
      // The screen may be drawn more often than the video has frames.
      if (video.currentTime !== shown) this.#onFrame();
      shown = video.currentTime;
      each(look);
    };
    each(look);
  }
}
