import type { CheckpointOptions } from '../model/checkpoint/options.ts';
import { published, PUBLISHED_NAMES, type PublishedName } from '../model/registry/registry.ts';
import { usage } from './options.ts';

/** Options of every command that takes a checkpoint. */
export const CHECKPOINT_OPTIONS = {
  as: { type: 'string' },
  levels: { type: 'string' },
  heads: { type: 'string' },
  'decoder-heads': { type: 'string' },
  'allow-mismatch': { type: 'boolean' },
} as const;

export const CHECKPOINT_HELP = `\
Of a checkpoint of PyTorch, which does not tell all of its network:

  --as NAME          a published model that it is or was made from, for classes,
                     colours, preprocessing and the numbers below:
                     ${PUBLISHED_NAMES.slice(0, 3).join(', ')},
                     ${PUBLISHED_NAMES.slice(3).join(', ')}
  --allow-mismatch   load it although it is not the very file of that name
  --levels D         most spikes that a neuron counts (default: 8)
  --heads N          attention heads of the backbone (default: 8)
  --decoder-heads N  attention heads of the transformer decoder (default: 8)`;

interface CheckpointValues {
  readonly as?: string;
  readonly levels?: string;
  readonly heads?: string;
  readonly 'decoder-heads'?: string;
  readonly 'allow-mismatch'?: boolean;
}

/** @throws SpikesegError `invalid-argument` */
export function checkpointOptions(
  values: CheckpointValues,
): CheckpointOptions & { readonly allowHashMismatch: boolean } {
  const levels = count('levels', values.levels);
  const numHeads = count('heads', values.heads);
  const decHeads = count('decoder-heads', values['decoder-heads']);
  return {
    ...(values.as === undefined ? {} : { as: publishedName(values.as) }),
    ...(levels === undefined ? {} : { levels }),
    ...(numHeads === undefined ? {} : { numHeads }),
    ...(decHeads === undefined ? {} : { decHeads }),
    allowHashMismatch: values['allow-mismatch'] === true,
  };
}

function publishedName(text: string): PublishedName {
  const model = published(text);
  if (model) return model.name;
  throw usage(`--as ${text} names no published model: use one of ${PUBLISHED_NAMES.join(', ')}`);
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw usage(`--${name} ${text} is not a number: give a whole one from 1 on`);
}
