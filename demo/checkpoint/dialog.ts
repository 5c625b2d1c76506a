import {
  downloadCheckpoint,
  inspectCheckpoint,
  modelStore,
  publishedModels,
  sha256OfBlob,
  type PublishedName,
} from '../../src/index.ts';
import { element } from '../dom.ts';
import markup from './dialog.html?raw';
import { ReportPane, type Candidate, type CheckpointChoice } from './report-pane.ts';
import { SourcePane, type FetchRequest } from './source-pane.ts';
import { TransferBar } from './transfer-bar.ts';

const FILES = /\.(pth|pt|safetensors)$/i;

/** Whether a file is one for the dialog, by its name. */
export function isCheckpoint({ name }: File): boolean {
  return FILES.test(name);
}

/** Where checkpoints are found, inspected, and chosen to be loaded. */
export class CheckpointDialog {
  readonly #dialog = insertDialog();
  readonly #problem = element('checkpoint-problem', HTMLElement);
  readonly #transfer = new TransferBar(() => this.#working.abort());
  readonly #sources = new SourcePane({
    onFile: (file) => void this.inspect(file),
    onFetch: (request) => void this.#fetch(request),
    onProblem: (error) => this.#complain(error),
  });
  readonly #report = new ReportPane({
    onLoad: (choice) => {
      this.#dialog.close();
      this.#onChoice(choice);
    },
    onBack: () => this.#showSources(),
  });
  readonly #onChoice: (choice: CheckpointChoice) => void;
  #working = new AbortController();

  constructor(onChoice: (choice: CheckpointChoice) => void) {
    this.#onChoice = onChoice;
    element('checkpoint-open', HTMLButtonElement).addEventListener('click', () => {
      this.#showSources();
      this.#open();
    });
    this.#dialog.addEventListener('close', () => this.#working.abort());
  }

  /** Tells what is in a file, and offers to load it. */
  async inspect(file: File): Promise<void> {
    this.#open();
    await this.#work((signal) =>
      this.#examine({ file, url: undefined, keep: false }, undefined, signal),
    );
  }

  async #fetch({ url, as, keep }: FetchRequest): Promise<void> {
    await this.#work(async (signal) => {
      const kept = await modelStore.open(url);
      const onProgress = this.#transfer.start(`Fetching ${url}`);
      const file =
        kept ??
        (await downloadCheckpoint(url, {
          signal,
          onProgress: ({ loaded, total }) => onProgress(loaded, total),
        }));
      await this.#examine({ file, url, keep: keep && kept === undefined }, as, signal);
    });
  }

  async #examine(
    opened: Omit<Candidate, 'sha256'>,
    as: PublishedName | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { file } = opened;
    // One attention head fits every width: what is no network even so, no options make one.
    const { config, problem } = await inspectCheckpoint(file, { numHeads: 1, decHeads: 1 });
    const onProgress = this.#transfer.start(`Computing the SHA-256 of ${file.name}`);
    const sha256 = await sha256OfBlob(file, (loaded) => {
      signal.throwIfAborted();
      onProgress(loaded, file.size);
    });
    const published = publishedModels.find((model) => model.sha256 === sha256)?.name ?? as;
    const candidate = { ...opened, sha256 };
    signal.throwIfAborted();
    this.#sources.hide();
    if (config !== undefined) await this.#report.show(candidate, published);
    else this.#report.refuse(candidate, problem ?? 'It is no Spike2Former.');
  }

  /** The latest wish wins; what it replaces, or a closed dialog, says nothing any more. */
  async #work(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#working.abort();
    const { signal } = (this.#working = new AbortController());
    this.#showSources();
    this.#sources.setBusy(true);
    try {
      await task(signal);
    } catch (error) {
      if (!signal.aborted) this.#complain(error);
    }
    if (this.#working.signal !== signal) return;
    this.#transfer.hide();
    this.#sources.setBusy(false);
  }

  #open(): void {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #showSources(): void {
    this.#problem.hidden = true;
    this.#report.hide();
    this.#sources.show();
  }

  #complain(error: unknown): void {
    this.#problem.textContent = error instanceof Error ? error.message : String(error);
    this.#problem.hidden = false;
    this.#problem.scrollIntoView({ block: 'nearest' });
  }
}

/** The parts of the dialog look for their elements, so it comes first. */
function insertDialog(): HTMLDialogElement {
  document.body.insertAdjacentHTML('beforeend', markup);
  return element('checkpoint', HTMLDialogElement);
}
