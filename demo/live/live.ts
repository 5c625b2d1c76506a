import { element } from '../dom.ts';
import { download } from '../save.ts';
import { LiveBar, type Size } from './bar.ts';
import { listCameras } from './camera.ts';
import { VideoFeed } from './feed.ts';
import { grab, type LiveFrame } from './grab.ts';
import { Meter } from './meter.ts';
import { recordable, Recorder } from './recorder.ts';
import { NewestFirst } from './scheduler.ts';
import { cameraSource, fileSource, type LiveSource } from './source.ts';

export interface LiveEvents {
  /** A camera or a video takes the stage. */
  readonly onStart: (title: string) => void;
  /** Segments a frame and shows it. @returns whether it was shown */
  readonly onFrame: (image: LiveFrame['image'], title: string, size?: Size) => Promise<boolean>;
  readonly onStop: () => void;
  readonly onError: (error: unknown) => void;
  /** What the stage shows, from the back to the front. */
  readonly layers: () => Parameters<Recorder['add']>[0];
}

/** Segments what a camera or a video shows, until it is stopped. Nothing starts without a click. */
export class Live {
  readonly #events: LiveEvents;
  readonly #bar: LiveBar;
  readonly #feed: VideoFeed;
  readonly #frames = new NewestFirst<LiveFrame>((frame) => this.#segment(frame));
  readonly #meter = new Meter();
  /** What has the stage. */
  #source: LiveSource | undefined;
  /** For its pictures, until it is stopped or the tab is hidden. */
  #wish = new AbortController();
  /** The wish whose picture is being taken. */
  #grabbing: AbortSignal | undefined;
  #recorder: Recorder | undefined;

  constructor(events: LiveEvents) {
    this.#events = events;
    this.#bar = new LiveBar({
      onStop: () => this.stop(),
      onCamera: (id) => void this.startCamera(id),
      onRecord: () => void this.#toggleRecording(),
    });
    this.#feed = new VideoFeed(
      this.#bar.video,
      () => void this.#take(),
      () => this.#unplugged(),
    );
    element('camera', HTMLButtonElement).addEventListener('click', () => void this.startCamera());
    document.addEventListener('visibilitychange', () => this.#turn());
    window.addEventListener('pagehide', () => this.stop());
    if ('mediaDevices' in navigator)
      navigator.mediaDevices.addEventListener('devicechange', () => void this.#showCameras());
  }

  get on(): boolean {
    return this.#source !== undefined;
  }

  /** Offers to run a network smaller than that, which is faster. */
  setInputSize(size: Size): void {
    this.#bar.setSizes(size);
  }

  /** @param id - of one camera, else the browser's choice */
  startCamera(id?: string): Promise<void> {
    return this.#start(cameraSource(id));
  }

  startFile(file: File): Promise<void> {
    return this.#start(fileSource(file));
  }

  /** Turns camera or video off; the last frame stays. Again, does nothing. */
  stop(): void {
    this.#wish.abort();
    this.#feed.close();
    this.#frames.clear();
    if (!this.on) return;
    this.#source = undefined;
    void this.#endRecording();
    this.#bar.hide();
    this.#events.onStop();
  }

  async #start(source: LiveSource): Promise<void> {
    this.stop();
    await this.#open(source);
  }

  async #open(source: LiveSource): Promise<void> {
    const { signal } = (this.#wish = new AbortController());
    try {
      const media = await source.open();
      if (signal.aborted) {
        if (media instanceof MediaStream) for (const track of media.getTracks()) track.stop();
        return;
      }
      if (!this.on) this.#appear(source);
      this.#bar.setState(source.state);
      const playing = this.#feed.play(media);
      // Who left while the browser asked is not filmed.
      if (document.hidden) this.#leave(source);
      await playing;
      await this.#showCameras();
    } catch (error) {
      if (signal.aborted) return;
      this.stop();
      this.#events.onError(new Error(source.explain(error), { cause: error }));
    }
  }

  #appear(source: LiveSource): void {
    this.#source = source;
    this.#meter.reset();
    this.#frames.resume();
    this.#bar.show();
    this.#bar.setRecording(recordable() === undefined ? undefined : false);
    this.#events.onStart(source.title);
  }

  /** The video has a new frame. */
  async #take(): Promise<void> {
    const { signal } = this.#wish;
    if (this.#grabbing === signal) return;
    this.#grabbing = signal;
    try {
      const frame = await grab(this.#feed.video);
      if (signal.aborted) frame.close();
      else this.#frames.offer(frame);
    } catch (error) {
      this.#fail(signal, error);
    } finally {
      if (this.#grabbing === signal) this.#grabbing = undefined;
    }
  }

  async #segment({ image, taken }: LiveFrame): Promise<void> {
    const { signal } = this.#wish;
    if (this.#source === undefined) return;
    try {
      const shown = await this.#events.onFrame(image, this.#source.title, this.#bar.size);
      if (!shown || signal.aborted) return;
      this.#meter.add(taken, performance.now());
      this.#bar.setPace(this.#meter.pace);
      this.#recorder?.add(this.#events.layers());
    } catch (error) {
      this.#fail(signal, error);
    }
  }

  #fail(signal: AbortSignal, error: unknown): void {
    if (signal.aborted) return;
    this.stop();
    this.#events.onError(error);
  }

  #unplugged(): void {
    this.stop();
    this.#events.onError(
      new Error('The camera is gone: it was unplugged, or its permission was taken back.'),
    );
  }

  /** The tab is hidden, or seen again. */
  #turn(): void {
    if (this.#source === undefined) return;
    if (document.hidden) this.#leave(this.#source);
    else this.#comeBack(this.#source);
  }

  #leave({ away }: LiveSource): void {
    this.#wish.abort();
    this.#feed.pause();
    this.#frames.pause();
    this.#frames.clear();
    this.#bar.setState(away, false);
  }

  #comeBack(source: LiveSource): void {
    this.#wish = new AbortController();
    this.#meter.reset();
    this.#bar.setPace(undefined);
    this.#frames.resume();
    if (this.#feed.resume()) this.#bar.setState(source.state);
    else void this.#open(source);
  }

  async #showCameras(): Promise<void> {
    const id = this.#feed.cameraId;
    if (id !== undefined) this.#bar.setCameras(await listCameras(), id);
  }

  async #toggleRecording(): Promise<void> {
    const type = recordable();
    if (this.#recorder !== undefined) await this.#endRecording();
    else if (type !== undefined) {
      const { videoWidth: width, videoHeight: height } = this.#feed.video;
      this.#recorder = new Recorder({ width, height }, type);
      this.#recorder.add(this.#events.layers());
      this.#bar.setRecording(true);
    }
  }

  async #endRecording(): Promise<void> {
    const recorder = this.#recorder;
    this.#recorder = undefined;
    this.#bar.setRecording(false);
    if (recorder === undefined) return;
    const film = await recorder.stop();
    if (film !== undefined) download(film, 'spikeseg.webm');
    else this.#events.onError(new Error('Nothing was recorded: the browser encoded no picture.'));
  }
}
