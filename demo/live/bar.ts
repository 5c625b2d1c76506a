import { element } from '../dom.ts';
import { duration } from '../format.ts';
import type { Pace } from './meter.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface BarEvents {
  readonly onStop: () => void;
  /** Another camera was picked. */
  readonly onCamera: (id: string) => void;
  readonly onRecord: () => void;
}

const TIMES = ' × ';
/** Of the network's own size; the first is chosen. */
const PARTS = [
  { part: 1, says: 'full' },
  { part: 0.75, says: 'faster' },
  { part: 0.5, says: 'fastest' },
];

/** The row below the stage that shows that a camera is on, and what can be done about it. */
export class LiveBar {
  readonly video = element('live-video', HTMLVideoElement);
  readonly #box = element('live', HTMLElement);
  readonly #state = element('live-state', HTMLElement);
  readonly #pace = element('live-pace', HTMLElement);
  readonly #cameras = element('live-camera', HTMLSelectElement);
  readonly #sizes = element('live-size', HTMLSelectElement);
  readonly #record = element('live-record', HTMLButtonElement);
  readonly #stop = element('live-stop', HTMLButtonElement);

  constructor({ onStop, onCamera, onRecord }: BarEvents) {
    this.#stop.addEventListener('click', onStop);
    this.#cameras.addEventListener('change', () => onCamera(this.#cameras.value));
    this.#record.addEventListener('click', onRecord);
  }

  /** At which the network shall run, if not at its own. */
  get size(): Size | undefined {
    const [width = 0, height = 0] = this.#sizes.value.split(TIMES).map(Number);
    return this.#sizes.selectedIndex > 0 ? { width, height } : undefined;
  }

  /** @param own - what the network was trained for, in pixels */
  setSizes(own: Size): void {
    this.#sizes.replaceChildren(
      ...PARTS.map(({ part, says }) => {
        const size = [own.width, own.height].map((side) => Math.round(side * part)).join(TIMES);
        return new Option(`${size}, ${says}`, size);
      }),
    );
  }

  /** Has the focus go to the way out. */
  show(): void {
    this.#box.hidden = false;
    this.setPace(undefined);
    this.setCameras([], undefined);
    this.#stop.focus();
  }

  hide(): void {
    this.#box.hidden = true;
  }

  /** What is on, in words; `live` has the light blink. */
  setState(state: string, live = true): void {
    this.#state.textContent = state;
    this.#box.classList.toggle('on', live);
  }

  setPace(pace: Pace | undefined): void {
    this.#pace.textContent =
      pace === undefined
        ? 'measuring …'
        : `${pace.rate.toFixed(pace.rate < 9.95 ? 1 : 0)} frames/s, ${duration(pace.latency)} behind`;
  }

  /** There is a choice only if there are two. */
  setCameras(cameras: readonly MediaDeviceInfo[], current: string | undefined): void {
    this.#cameras.replaceChildren(
      ...cameras.map(({ label, deviceId }, i) => new Option(label || `Camera ${i + 1}`, deviceId)),
    );
    this.#cameras.value = current ?? '';
    this.#cameras.hidden = cameras.length < 2;
  }

  /** @param recording - undefined where this browser cannot record */
  setRecording(recording: boolean | undefined): void {
    this.#record.hidden = recording === undefined;
    this.#record.ariaPressed = String(recording === true);
    this.#record.textContent = recording === true ? 'End recording' : 'Record';
  }
}
