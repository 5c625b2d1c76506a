import type { OperationProfile } from '../../src/index.ts';
import { make } from '../dom.ts';
import { duration } from '../format.ts';
import { pictureName } from '../picture.ts';
import { download } from '../save.ts';
import { Figure } from './figure.ts';
import { share } from './format.ts';
import type { Ask } from './spike-reader.ts';
import { slowestFirst, timeOf, timesCsv, timeTable } from './times.ts';
import type { FiringPicture, FiringResult, FiringView } from './view.ts';

const TITLE = 'Time';

/** How long each dispatch takes on this GPU. Measured when it is asked for: that is one more run. */
export class Time implements FiringPicture {
  readonly title = TITLE;
  readonly element: HTMLElement;
  readonly #ask: Ask;
  readonly #timestamps: () => Promise<boolean | undefined>;
  readonly #measure = button('Measure time');
  readonly #save = button('Times as CSV');
  readonly #none = make(
    'p',
    { className: 'note', hidden: true },
    'This GPU or browser offers no timestamps, so that single operations cannot be timed.',
  );
  readonly #figure: Figure;
  /** A profile belongs to one result, so that a new result starts with none. */
  readonly #profiles = new WeakMap<FiringResult, readonly OperationProfile[]>();
  #result: FiringResult | undefined;
  #measured = new AbortController();
  #busy = false;
  #known = false;

  /** @param timestamps - whether the device has them; gives undefined if there is none */
  constructor(ask: Ask, timestamps: () => Promise<boolean | undefined>) {
    this.#ask = ask;
    this.#timestamps = timestamps;
    this.#measure.addEventListener('click', () => void this.#run());
    this.#save.addEventListener('click', () => this.#download());
    this.#figure = new Figure({
      title: TITLE,
      caption:
        'The photo is run once more with every operation in a pass of its own, timed by the GPU’s ' +
        'timestamps. ms: from the beginning to the end of that pass. Share: of the sum, which is more than ' +
        'a run takes: there, operations share passes and may overlap. GFLOP/s: the additions that spikes ' +
        'cause and the MACs of analog inputs, two operations each, in that time; as dense: the MACs if ' +
        'nothing were spikes. KiB: activations read and written. Browsers round timestamps (Chromium to about ' +
        '65 µs), so that short operations may show 0 or one such step. Copies, the resizing of the photo ' +
        'and the label map are not timed. Without timestamps, an optional feature of WebGPU, nothing can ' +
        'be measured here; while a camera or a video plays, nothing is.',
      body: [],
      controls: [this.#none, this.#measure, this.#save],
      open: true,
      live: true,
    });
    this.element = this.#figure.element;
    this.element.classList.add('wide');
  }

  show({ result }: FiringView): void {
    if (result === this.#result) return;
    this.#measured.abort();
    this.#busy = false;
    this.#result = result;
    this.#measure.disabled = false;
    this.#refresh();
    if (!this.#known) void this.#look();
  }

  /** Puts a sentence in the place of the button where nothing can be timed. */
  async #look(): Promise<void> {
    // What went wrong is told where it matters more.
    const offered = await this.#timestamps().catch(() => undefined);
    if (offered === undefined) return;
    this.#known = true;
    this.#none.hidden = offered;
    this.#measure.hidden = this.#save.hidden = !offered;
    this.#refresh();
  }

  async #run(): Promise<void> {
    const result = this.#result;
    if (result === undefined || this.#busy) return;
    const { signal } = (this.#measured = new AbortController());
    this.#busy = true;
    this.#refresh();
    let failure: unknown;
    try {
      const again = await this.#ask({ signal, profile: true });
      if (again?.profile) this.#profiles.set(result, again.profile);
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    this.#busy = false;
    this.#refresh();
    if (failure !== undefined)
      this.#figure.setReadout(failure instanceof Error ? failure.message : '');
  }

  #refresh(): void {
    const profile = this.#result && this.#profiles.get(this.#result);
    // Not disabled: that would take the focus away from those who pressed it.
    this.#measure.ariaDisabled = String(this.#busy);
    this.#save.disabled = profile === undefined;
    this.#figure.setReadout(this.#words(profile));
    this.#figure.setTable(profile && (() => timeTable(profile)));
  }

  #words(profile: readonly OperationProfile[] | undefined): string {
    if (this.#busy) return 'Measuring …';
    if (profile === undefined) return this.#measure.hidden ? '' : 'Not measured yet.';
    const all = timeOf(profile);
    const [slowest] = slowestFirst(profile);
    const sum = `${profile.length} operations, one by one: ${duration(all)} in sum.`;
    if (slowest === undefined || all === 0) return sum;
    const { name, milliseconds } = slowest;
    const part = share(milliseconds / all);
    return `${sum} The slowest, ${name}: ${duration(milliseconds)}, ${part}.`;
  }

  #download(): void {
    const result = this.#result;
    if (result === undefined) return;
    const profile = this.#profiles.get(result);
    if (profile === undefined) return;
    const csv = new Blob([timesCsv(profile)], { type: 'text/csv' });
    download(csv, `${pictureName(result.fileName)}-time.csv`);
  }
}

/** Of no use until there is something to do. */
function button(text: string): HTMLButtonElement {
  return make('button', { type: 'button', className: 'plain', disabled: true }, text);
}
