import type { ModelClass } from '../manifest.ts';
import type { PublishedName } from '../registry/registry.ts';
import type { Size } from '../shapes.ts';
import type { InferOptions } from './infer.ts';

/** What a checkpoint does not tell of its model. Everything has a default. */
export interface CheckpointOptions extends InferOptions {
  /**
   * The published model that the file is, or was made from: gives classes, colours, preprocessing, D
   * and heads. A published file itself is recognised by its hash and need not be named.
   */
  readonly as?: PublishedName;
  /** In label order; what is missing at the end is named `class N`. */
  readonly classes?: readonly ModelClass[];
  /**
   * Size at which the network runs, in pixels: pictures keep their shape, with their longer and
   * shorter side bounded by its. @defaultValue short side 512, as the released models
   */
  readonly size?: Size;
}
