import type { Segmentation } from '../src/index.ts';
import { agreement } from './agreement.ts';
import { element, make } from './dom.ts';
import type { Ask } from './firing/spike-reader.ts';
import { percent } from './format.ts';

/** How long the playback stays at a timestep, in milliseconds. */
const STAY = 900;

export interface TimestepEvents {
  /** Runs the photo at hand once more. */
  readonly ask: Ask;
  /** Shows the mask as it stands after a timestep. */
  readonly onShow: (segmentation: Segmentation) => void;
  readonly onError: (error: unknown) => void;
}

/** The mask as it stands after a timestep. */
interface Answer {
  readonly segmentation: Segmentation;
  /** Part of the pixels that are labelled as in the end. */
  readonly share: number;
}

/** A slider over the virtual timesteps of a photo, and how much of the mask stands after each. */
export class Timesteps {
  readonly #box = element('steps', HTMLElement);
  readonly #slider = element('step', HTMLInputElement);
  readonly #play = element('step-play', HTMLButtonElement);
  readonly #value = element('step-value', HTMLOutputElement);
  readonly #shares = element('step-shares', HTMLElement);
  readonly #events: TimestepEvents;
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  /** By timestep; the last is the whole answer. */
  #answers = new Map<number, Answer>();
  /** Ends what the last press of a key or button began. */
  #going = new AbortController();
  #playing = false;

  constructor(events: TimestepEvents) {
    this.#events = events;
    this.#slider.addEventListener('input', () => void this.#begin((signal) => this.#go(signal)));
    this.#play.addEventListener('click', () => {
      if (this.#playing) this.#stop();
      else void this.#begin((signal) => this.#playAll(signal));
    });
    this.#still.addEventListener('change', () => this.#tell());
  }

  /** Starts over with the whole answer for a photo, or (undefined) with none, as for a video. */
  setAnswer(answer: Segmentation | undefined, levels: number): void {
    this.#stop();
    this.#answers = new Map(
      answer === undefined ? [] : [[levels, { segmentation: answer, share: 1 }]],
    );
    this.#box.hidden = answer === undefined;
    this.#slider.max = String(levels);
    this.#slider.valueAsNumber = levels;
    this.#tell();
  }

  get #levels(): number {
    return Number(this.#slider.max);
  }

  /** Shows the timestep at which the slider is. */
  async #go(signal: AbortSignal): Promise<void> {
    const timestep = this.#slider.valueAsNumber;
    this.#tell();
    const answer = await this.#answer(timestep, signal);
    if (answer === undefined || signal.aborted) return;
    this.#tell();
    this.#events.onShow(answer.segmentation);
  }

  /** From the first timestep to the last; for who wants no motion, only the numbers of all. */
  async #playAll(signal: AbortSignal): Promise<void> {
    this.#playing = true;
    for (let timestep = 1; timestep <= this.#levels; timestep++) {
      if (!this.#still.matches) this.#slider.valueAsNumber = timestep;
      this.#tell();
      const answer = await this.#answer(timestep, signal);
      if (answer === undefined || signal.aborted) break;
      this.#tell();
      if (this.#still.matches) continue;
      this.#events.onShow(answer.segmentation);
      if (timestep < this.#levels) await pause(STAY, signal);
    }
    if (!signal.aborted) this.#stop();
  }

  async #answer(timestep: number, signal: AbortSignal): Promise<Answer | undefined> {
    const answers = this.#answers;
    const known = answers.get(timestep);
    if (known !== undefined) return known;
    const segmentation = await this.#events.ask({ timestep, signal });
    const last = answers.get(this.#levels)?.segmentation;
    if (segmentation === undefined || last === undefined) return undefined;
    const answer = { segmentation, share: agreement(segmentation.labels, last.labels) };
    answers.set(timestep, answer);
    return answer;
  }

  async #begin(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#stop();
    const { signal } = (this.#going = new AbortController());
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#stop();
      this.#events.onError(error);
    }
  }

  #stop(): void {
    this.#going.abort();
    this.#playing = false;
    this.#tell();
  }

  #tell(): void {
    const timestep = this.#slider.valueAsNumber;
    const share = this.#answers.get(timestep)?.share;
    const known =
      share === undefined ? 'working it out …' : `${percent(share)} of the pixels as in the end`;
    this.#value.textContent = `After ${timestep} of ${this.#levels}: ${known}`;
    this.#slider.ariaValueText = this.#value.textContent;
    const start = this.#still.matches ? 'Work out all' : 'Play';
    this.#play.textContent = this.#playing ? 'Stop' : start;
    this.#shares.replaceChildren(
      ...Array.from({ length: this.#levels }, (_, i) =>
        shareItem(i + 1, this.#answers.get(i + 1)?.share, timestep),
      ),
    );
  }
}

function shareItem(step: number, share: number | undefined, current: number): HTMLLIElement {
  const meter = make('span', { className: 'meter' });
  meter.style.setProperty('--share', String(share ?? 0));
  const item = make('li', {}, meter, `${step}: ${share === undefined ? '–' : percent(share)}`);
  if (step === current) item.ariaCurrent = 'step';
  return item;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
