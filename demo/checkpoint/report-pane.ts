import {
  inspectCheckpoint,
  modelStore,
  type CheckpointOptions,
  type CheckpointSource,
  type PublishedName,
} from '../../src/index.ts';
import { element, make } from '../dom.ts';
import { megabytes } from '../format.ts';
import { OptionFields } from './option-fields.ts';
import { publishedNamed } from './published.ts';
import { reportDetails, verdict } from './report.ts';

/** A file at hand. */
export interface Candidate {
  readonly file: File;
  readonly sha256: string;
  /** Where it came from; undefined for the visitor's disk. */
  readonly url: string | undefined;
  /** Whether the browser shall keep it once it is loaded. */
  readonly keep: boolean;
}

/** A checkpoint that the visitor wants to see at work. */
export interface CheckpointChoice {
  readonly name: string;
  /** Where it came from, in a sentence. */
  readonly origin: string;
  readonly source: CheckpointSource;
  /** Sentences about the file beside those of the model. */
  readonly notices: readonly string[];
}

export interface ReportEvents {
  readonly onLoad: (choice: CheckpointChoice) => void;
  readonly onBack: () => void;
}

/** What a file is, the options that it needs, and the button that loads it. */
export class ReportPane {
  readonly #pane = element('checkpoint-report', HTMLFormElement);
  readonly #name = element('checkpoint-name', HTMLElement);
  readonly #hash = element('checkpoint-hash', HTMLElement);
  readonly #verdict = element('checkpoint-verdict', HTMLElement);
  readonly #details = element('checkpoint-details', HTMLElement);
  readonly #options = element('checkpoint-options', HTMLElement);
  readonly #mismatch = element('checkpoint-mismatch', HTMLElement);
  readonly #load = element('checkpoint-load', HTMLButtonElement);
  readonly #fields = new OptionFields(() => void this.#refresh());
  readonly #onLoad: (choice: CheckpointChoice) => void;
  #candidate: Candidate | undefined;
  /** Counts the judgements, of which only the latest is shown. */
  #judged = 0;

  constructor({ onLoad, onBack }: ReportEvents) {
    this.#onLoad = onLoad;
    element('checkpoint-back', HTMLButtonElement).addEventListener('click', onBack);
    this.#pane.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /** Shows a file that can run, with options as of a published model or of none. */
  async show(candidate: Candidate, as: PublishedName | undefined): Promise<void> {
    this.#introduce(candidate);
    this.#fields.reset(as);
    await this.#refresh();
    this.#options.hidden = false;
    this.#name.focus();
  }

  /** Shows a file that cannot run, with what it seems to be. */
  refuse(candidate: Candidate, problem: string): void {
    this.#introduce(candidate);
    this.#verdict.textContent = problem;
    this.#details.replaceChildren();
    this.#mismatch.hidden = this.#options.hidden = this.#load.hidden = true;
    this.#name.focus();
  }

  hide(): void {
    this.#pane.hidden = true;
    this.#candidate = undefined;
  }

  #introduce(candidate: Candidate): void {
    const { file, sha256 } = candidate;
    this.#candidate = candidate;
    this.#pane.hidden = false;
    this.#name.textContent = `${file.name}, ${megabytes(file.size)}`;
    this.#hash.textContent = sha256;
  }

  /** Judges the file anew by the options that stand there now. */
  async #refresh(): Promise<void> {
    const candidate = this.#candidate;
    if (candidate === undefined) return;
    const turn = ++this.#judged;
    const options = this.#fields.value;
    const report = await inspectCheckpoint(candidate.file, options).catch(asError);
    if (this.#candidate !== candidate || turn !== this.#judged) return;
    const failed = report instanceof Error;
    this.#verdict.textContent = failed ? report.message : verdict(report);
    this.#details.replaceChildren(...(failed ? [] : reportDetails(report)));
    this.#load.hidden = failed || report.problem !== undefined;
    this.#showMismatch(candidate, options);
  }

  #showMismatch(candidate: Candidate, options: CheckpointOptions): void {
    const model = differs(candidate, options) ? publishedNamed(options.as ?? '') : undefined;
    this.#mismatch.hidden = model === undefined;
    this.#load.textContent = model ? 'Load it anyway' : 'Load';
    if (model === undefined) return;
    this.#mismatch.replaceChildren(
      make('p', {}, `This is not the published file ${model.name}.`),
      make(
        'dl',
        { className: 'terms' },
        ...[make('dt', {}, 'Expected'), make('dd', {}, make('code', {}, model.sha256))],
        ...[make('dt', {}, 'Got'), make('dd', {}, make('code', {}, candidate.sha256))],
      ),
      make('p', {}, 'Load it only if it is your own, or if you trust where it comes from.'),
    );
  }

  async #submit(): Promise<void> {
    const candidate = this.#candidate;
    if (candidate === undefined || this.#load.hidden) return;
    const { file, url } = candidate;
    const options = this.#fields.value;
    this.#load.disabled = true;
    const notices = await keep(candidate);
    this.#load.disabled = false;
    if (this.#candidate !== candidate) return;
    const allowHashMismatch = differs(candidate, options);
    this.#onLoad({
      name: file.name,
      origin: url === undefined ? 'Opened from your disk.' : `From ${url}`,
      source: { checkpoint: file, ...options, allowHashMismatch },
      notices,
    });
  }
}

/** Keeps what shall be kept. @returns why that failed, which does not matter for this visit */
async function keep({ file, url, keep: wanted }: Candidate): Promise<readonly string[]> {
  if (!wanted || url === undefined) return [];
  try {
    await modelStore.save(url, file);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Whether the file is not the very one that the options name. */
function differs({ sha256 }: Candidate, { as }: CheckpointOptions): boolean {
  return as !== undefined && publishedNamed(as)?.sha256 !== sha256;
}

/** Options that no file of these classes fits are refused with an error. */
function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
