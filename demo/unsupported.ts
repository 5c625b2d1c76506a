import { SpikesegError } from '../src/index.ts';
import { element, make } from './dom.ts';

/** What is missing, and what a visitor can do. */
export interface Problem {
  readonly title: string;
  readonly text: string;
  readonly steps: readonly string[];
  /** Whether trying again may help. */
  readonly retry: boolean;
}

const LINUX = 'Chrome on Linux may need the flag chrome://flags/#enable-unsafe-webgpu.';
const BROWSERS = [
  'Chrome or Edge 113 or later on Windows, macOS and ChromeOS, 121 or later on Android.',
  'Safari 26 or later on macOS, iPhone and iPad.',
  'Firefox 141 or later on Windows, 145 or later on a Mac with an Apple chip.',
  LINUX,
];

type Advice<T> = Readonly<Partial<Record<SpikesegError['code'], T>>>;

const TITLES: Advice<string> = {
  'webgpu-unavailable': 'WebGPU found no graphics processor that it may use',
  'device-lost': 'The graphics processor was lost',
  'out-of-memory': 'The graphics processor has not enough memory',
  network: 'The model could not be fetched',
  integrity: 'The model did not arrive as it should',
};

const STEPS: Advice<readonly string[]> = {
  'webgpu-unavailable': [
    'Start the browser again after a change of its settings or of the driver.',
    'Remote desktops and virtual machines often have no graphics processor to offer.',
    LINUX,
  ],
  'out-of-memory': [
    'Close other tabs and programs that use the graphics processor, and try again.',
  ],
};

/** What can be told before anything is fetched; undefined if nothing speaks against WebGPU. */
export function missingSupport(): Problem | undefined {
  if (!window.isSecureContext) {
    return {
      title: 'This page came over a connection that is not secure',
      text: 'Browsers give WebGPU only to pages from https:// or from localhost.',
      steps: ['Open the same page with https:// in front.'],
      retry: false,
    };
  }
  if (!('gpu' in navigator)) {
    return {
      title: 'This browser does not offer WebGPU',
      text: 'The network runs on WebGPU, so the photos below stay without segments. These browsers have it:',
      steps: BROWSERS,
      retry: false,
    };
  }
  return undefined;
}

/** Puts in words why the engine could not start, or stopped. */
export function explain(error: unknown): Problem {
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof SpikesegError ? error.code : 'internal';
  return {
    title: TITLES[code] ?? 'The model cannot run',
    text,
    steps: STEPS[code] ?? [],
    retry: true,
  };
}

/** The panel above the photo that tells a problem. */
export class ProblemPanel {
  readonly #box = element('problem', HTMLElement);
  readonly #retry = element('retry', HTMLButtonElement);

  constructor(onRetry: () => void) {
    this.#retry.addEventListener('click', onRetry);
  }

  show({ title, text, steps, retry }: Problem): void {
    element('problem-title', HTMLElement).textContent = title;
    element('problem-text', HTMLElement).textContent = text;
    element('problem-steps', HTMLElement).replaceChildren(
      ...steps.map((step) => make('li', {}, step)),
    );
    this.#retry.hidden = !retry;
    this.#box.hidden = false;
  }

  hide(): void {
    this.#box.hidden = true;
  }
}
