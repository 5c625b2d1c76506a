import { quoted } from '../describe.ts';
import { checkpointError } from './error.ts';
import { PyDict, TensorRef, type Value, typeName } from './pickle-values.ts';

export interface StateDict {
  /** Keys looked through, outermost first. */
  readonly wrapper: readonly string[];
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** Entries beside the tensors. */
  readonly others: readonly string[];
}

/** Where trainers put the state_dict; earlier ones win, averaged weights come last. */
const WRAPPERS = [
  ...['state_dict', 'model_state_dict', 'model_state', 'model', 'module', 'net', 'network'],
  ...['params', 'weights', 'ema', 'model_ema', 'state_dict_ema', 'ema_state_dict'],
];
const MAX_WRAPPERS = 4;
const MAX_LISTED = 8;

/**
 * Finds the tensors by name in what a file holds: itself, or within the usual wrappers.
 *
 * @throws SpikesegError `checkpoint-invalid` saying what is there instead
 */
export function findStateDict(root: Value): StateDict {
  if (!(root instanceof PyDict)) {
    throw checkpointError(
      `it has the wrong top level type: ${typeName(root)}, expected a dict; save the state_dict with ` +
        'torch.save(model.state_dict(), file)',
    );
  }
  const wrapper: string[] = [];
  let dict = root;
  for (let inner = wrapped(dict); inner !== undefined; inner = wrapped(dict)) {
    if (wrapper.length === MAX_WRAPPERS) throw noStateDict(root);
    wrapper.push(inner.key);
    dict = inner.dict;
  }
  const tensors = new Map<string, TensorRef>();
  const others: string[] = [];
  for (const [key, value] of dict.entries) {
    if (typeof key === 'string' && value instanceof TensorRef) tensors.set(key, value);
    else others.push(typeof key === 'string' ? key : typeName(key));
  }
  if (tensors.size === 0) throw noStateDict(root);
  return { wrapper, tensors, others };
}

/**
 * The part before the names of this network that all names share, as DistributedDataParallel's
 * `module.`; empty where there is none, or where the names are not of this network.
 */
export function sharedPrefix(names: Iterable<string>): string {
  const all = [...names];
  const prefixes = all.flatMap(
    (name) => /^(.*?)(?:backbone\.)?downsample1_1\./.exec(name)?.[1] ?? [],
  );
  const [prefix] = prefixes;
  return prefix !== undefined && all.every((name) => name.startsWith(prefix)) ? prefix : '';
}

function wrapped(dict: PyDict): { key: string; dict: PyDict } | undefined {
  for (const key of WRAPPERS) {
    const inner = dict.entries.get(key);
    if (inner instanceof PyDict && holdsTensors(inner)) return { key, dict: inner };
  }
  return undefined;
}

function holdsTensors({ entries }: PyDict): boolean {
  if (WRAPPERS.some((key) => entries.get(key) instanceof PyDict)) return true;
  return [...entries.values()].some((value) => value instanceof TensorRef);
}

function noStateDict({ entries }: PyDict) {
  const keys = [...entries.keys()].map((key) =>
    typeof key === 'string' ? quoted(key) : typeName(key),
  );
  const isOptimiser = entries.has('param_groups') || entries.has('optimizer');
  const hint = isOptimiser ? ' It looks like the state of an optimiser, not of a model.' : '';
  const shown = keys.slice(0, MAX_LISTED).join(', ');
  const rest = keys.length > MAX_LISTED ? ` and ${keys.length - MAX_LISTED} more` : '';
  return checkpointError(
    `it holds no state_dict: expected tensors by name, at the top or in one of ` +
      `${WRAPPERS.slice(0, 4).join(', ')}, …; found the keys ${shown}${rest}.${hint} Choose the ` +
      "file with the model's weights",
  );
}
