import { publishedModels, type CheckpointOptions, type PublishedName } from '../../src/index.ts';
import { element } from '../dom.ts';
import { publishedNamed } from './published.ts';

/** What a file does not tell of its network; an empty field takes what its placeholder says. */
export class OptionFields {
  readonly #as = element('checkpoint-as', HTMLSelectElement);
  readonly #levels = element('checkpoint-levels', HTMLInputElement);
  readonly #heads = element('checkpoint-heads', HTMLInputElement);
  readonly #decoderHeads = element('checkpoint-decoder-heads', HTMLInputElement);
  readonly #size = element('checkpoint-size', HTMLInputElement);

  constructor(onChange: () => void) {
    this.#as.append(...publishedModels.map(({ name, title }) => new Option(title, name)));
    this.#as.addEventListener('change', () => this.#showDefaults());
    for (const field of [this.#as, this.#levels, this.#heads, this.#decoderHeads, this.#size]) {
      field.addEventListener('change', onChange);
    }
  }

  /** Starts over with the defaults of a published model, or of none. */
  reset(as: PublishedName | undefined): void {
    this.#as.value = as ?? '';
    for (const field of [this.#levels, this.#heads, this.#decoderHeads, this.#size]) {
      field.value = '';
    }
    this.#showDefaults();
  }

  get value(): CheckpointOptions {
    const as = publishedNamed(this.#as.value)?.name;
    const [levels, numHeads, decHeads, side] = [
      count(this.#levels),
      count(this.#heads),
      count(this.#decoderHeads),
      count(this.#size),
    ];
    return {
      ...(as === undefined ? {} : { as }),
      ...(levels === undefined ? {} : { levels }),
      ...(numHeads === undefined ? {} : { numHeads }),
      ...(decHeads === undefined ? {} : { decHeads }),
      ...(side === undefined ? {} : { size: { width: side, height: side } }),
    };
  }

  #showDefaults(): void {
    const model = publishedNamed(this.#as.value) ?? publishedModels[0];
    if (model === undefined) return;
    const { config, preprocessing } = model;
    this.#levels.placeholder = String(config.levels);
    this.#heads.placeholder = String(config.numHeads);
    this.#decoderHeads.placeholder = String(config.decHeads);
    this.#size.placeholder = `shorter side ${Math.min(...preprocessing.scale)}`;
  }
}

function count({ valueAsNumber }: HTMLInputElement): number | undefined {
  return Number.isNaN(valueAsNumber) ? undefined : valueAsNumber;
}
