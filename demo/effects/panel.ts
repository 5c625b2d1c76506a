import type { ModelClass, Segmentation } from '../../src/index.ts';
import { element } from '../dom.ts';
import { isBackground } from '../palette.ts';
import { decode, pictureName } from '../picture.ts';
import { download, toPng } from '../save.ts';
import type { Stage } from '../stage.ts';
import { alphaOf } from './alpha.ts';
import { compose } from './compose.ts';
import type { Effect } from './effect.ts';

/** What is recoloured first, if the model knows it. */
const RECOLORED = 'hair';

/** The block of the panel that chooses an effect, and the canvas on the stage that shows it. */
export class EffectPanel {
  readonly canvas = element('effect-canvas', HTMLCanvasElement);
  readonly #block = element('effect-block', HTMLElement);
  readonly #kind = element('effect', HTMLSelectElement);
  readonly #strength = element('effect-strength', HTMLInputElement);
  readonly #color = element('effect-color', HTMLInputElement);
  readonly #label = element('effect-class', HTMLSelectElement);
  readonly #hue = element('effect-hue', HTMLInputElement);
  readonly #soft = element('effect-soft', HTMLInputElement);
  readonly #save = element('save-effect', HTMLButtonElement);
  readonly #stage: Stage;
  readonly #onScores: () => void;
  readonly #onError: (error: unknown) => void;
  #picture: ImageBitmap | undefined;
  #result: Segmentation | undefined;

  /** @param onScores - a result with scores is wanted; a later call of `setResult` brings it */
  constructor(stage: Stage, onScores: () => void, onError: (error: unknown) => void) {
    this.#stage = stage;
    this.#onScores = onScores;
    this.#onError = onError;
    this.#kind.addEventListener('change', () => this.#choose());
    this.#soft.addEventListener('change', () => this.#choose());
    for (const input of [this.#strength, this.#color, this.#label, this.#hue])
      input.addEventListener('input', () => this.update());
    this.#save.addEventListener('click', () => void this.#download());
    const file = element('effect-file', HTMLInputElement);
    element('effect-picture', HTMLButtonElement).addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? [];
      file.value = '';
      if (chosen) void this.#open(chosen);
    });
  }

  /** Whether a segmentation should come with its scores. */
  get wantsScores(): boolean {
    return this.#effect !== undefined && this.#soft.checked;
  }

  /** Whether the effect is what the stage shows. */
  get shown(): boolean {
    return !this.canvas.hidden;
  }

  /** Starts over with the classes of another model; without a background there are no effects. */
  setClasses(classes: readonly ModelClass[]): void {
    this.#block.hidden = !classes.some(isBackground);
    if (this.#block.hidden) this.#kind.value = 'none';
    const options = classes.flatMap((item, label) =>
      isBackground(item) ? [] : [new Option(item.name, String(label))],
    );
    this.#label.replaceChildren(...options);
    const first = options.find(({ text }) => text === RECOLORED) ?? options[0];
    this.#label.value = first?.value ?? '';
    this.#showOptions();
  }

  setResult(result: Segmentation | undefined): void {
    this.#result = result;
    this.update();
  }

  /** Paints the effect anew, as after a class was hidden. */
  update(): void {
    const effect = this.#effect;
    const result = this.#result;
    this.canvas.hidden = effect === undefined || result === undefined;
    this.#save.disabled = this.canvas.hidden;
    this.#hue.style.setProperty('--hue', this.#hue.value);
    if (effect === undefined || result === undefined) return;
    const { hidden } = this.#stage.look;
    const kept = result.classes.map((item, label) =>
      effect.kind === 'recolor'
        ? label === effect.label
        : !isBackground(item) && !hidden.has(label),
    );
    const alpha = alphaOf(result, kept, this.#soft.checked);
    compose(this.canvas, this.#stage.photo, alpha, effect);
  }

  get #effect(): Effect | undefined {
    switch (this.#kind.value) {
      case 'cut-out':
        return { kind: 'cut-out' };
      case 'blur':
        return { kind: 'blur', strength: this.#strength.valueAsNumber / 100 };
      case 'color':
        return { kind: 'color', color: this.#color.value };
      case 'picture':
        return { kind: 'picture', picture: this.#picture };
      case 'recolor':
        return {
          kind: 'recolor',
          label: Number(this.#label.value),
          hue: this.#hue.valueAsNumber,
        };
      default:
        return undefined;
    }
  }

  #choose(): void {
    this.#showOptions();
    this.update();
    if (this.wantsScores && this.#result !== undefined && this.#result.scores === undefined)
      this.#onScores();
  }

  #showOptions(): void {
    const kind = this.#kind.value;
    for (const option of this.#block.querySelectorAll<HTMLElement>('[data-effect]'))
      option.hidden = option.dataset['effect'] !== kind;
    element('effect-more', HTMLElement).hidden = kind === 'none';
  }

  async #open(file: File): Promise<void> {
    try {
      const { bitmap } = await decode(file, file.name, file.name);
      this.#picture?.close();
      this.#picture = bitmap;
      this.update();
    } catch (error) {
      this.#onError(error);
    }
  }

  async #download(): Promise<void> {
    const name = pictureName(this.#stage.fileName);
    try {
      download(await toPng(this.canvas), `${name}-${this.#kind.value}.png`);
    } catch (error) {
      this.#onError(error);
    }
  }
}
