import { ELEMENT_SIZE } from '../bytes.ts';
import { quoted } from '../describe.ts';
import type { Dtype } from '../tensors.ts';
import { type Budget, COST } from './budget.ts';
import { checkpointError } from './error.ts';
import {
  type Build,
  KnownGlobal,
  Placeholder,
  PyDict,
  PyList,
  PyTuple,
  StorageRef,
  TensorRef,
  type Value,
  typeName,
} from './pickle-values.ts';

const STORAGES: Readonly<Record<string, Dtype>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
  'torch.UntypedStorage': 'U8',
  'torch.storage.UntypedStorage': 'U8',
};
/** Bytes of an element. */
const COMPLEX_STORAGES: Readonly<Record<string, number>> = {
  'torch.ComplexFloatStorage': 8,
  'torch.ComplexDoubleStorage': 16,
};
const TORCH_DTYPES = [
  ...['float64', 'float32', 'float16', 'bfloat16', 'complex64', 'complex128'],
  ...['int64', 'int32', 'int16', 'int8', 'uint8', 'bool'],
];
const HISTORY_BUFFER = 'mmengine.logging.history_buffer.HistoryBuffer';

/** Kept as placeholders: their contents are parsed and forgotten. */
const INERT = [
  'builtins.set',
  'builtins.frozenset',
  'builtins.bytes',
  'builtins.bytearray',
  '_codecs.encode',
  'numpy.dtype',
  'numpy.ndarray',
  'numpy.core.multiarray._reconstruct',
  'numpy.core.multiarray.scalar',
  'numpy.core.numeric._frombuffer',
  'torch.device',
  'argparse.Namespace',
  HISTORY_BUFFER,
];

const BUILDERS: Readonly<Record<string, Build>> = {
  'collections.OrderedDict': orderedDict,
  'torch.Size': torchSize,
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': rebuildParameter,
  'torch._utils._rebuild_parameter_with_state': rebuildParameter,
  'builtins.getattr': attribute,
};

const KNOWN = new Map<string, KnownGlobal>(
  [
    ...INERT.map((name) => new KnownGlobal(name, () => new Placeholder(name))),
    ...Object.entries(BUILDERS).map(([name, build]) => new KnownGlobal(name, build)),
    ...TORCH_DTYPES.map((name) => new KnownGlobal(`torch.${name}`)),
    ...Object.entries(STORAGES).map(([name, dtype]) =>
      storageClass(name, dtype, ELEMENT_SIZE[dtype]),
    ),
    ...Object.entries(COMPLEX_STORAGES).map(([name, size]) => storageClass(name, undefined, size)),
  ].map((known) => [known.name, known]),
);

/**
 * The one gate for names: everything that is not in the fixed list is refused.
 *
 * @throws SpikesegError `checkpoint-invalid` naming the global
 * @see https://docs.python.org/3/library/pickle.html#restricting-globals
 */
export function findGlobal(module: string, name: string): KnownGlobal {
  // Python 2 and NumPy 1 have other names for the same modules.
  const today = module
    .replace(/^__builtin__$/, 'builtins')
    .replace(/^numpy\._core\b/, 'numpy.core');
  const known = KNOWN.get(`${today}.${name}`);
  if (known !== undefined) return known;
  throw checkpointError(
    `the pickle asks for ${quoted(`${module}.${name}`)}, which is not in the fixed list of what ` +
      'a checkpoint may mention; nothing was executed. Save only the state_dict, or do not trust ' +
      'the file',
  );
}

function storageClass(name: string, dtype: Dtype | undefined, elementSize: number): KnownGlobal {
  return new KnownGlobal(name, undefined, { name, dtype, elementSize });
}

/** Python 2 passes the entries as a list of pairs; Python 3 sets them afterwards. */
function orderedDict(args: readonly Value[], budget: Budget): PyDict {
  budget.spend(COST.dict);
  const dict = new PyDict();
  const [pairs] = args;
  if (pairs === undefined) return dict;
  if (!(pairs instanceof PyList)) throw wrongArguments('collections.OrderedDict', args);
  for (const pair of pairs.items) {
    const isPair = pair instanceof PyList || pair instanceof PyTuple;
    const [key, value] = isPair ? pair.items : [];
    if (key === undefined || value === undefined) {
      throw wrongArguments('collections.OrderedDict', [pair]);
    }
    budget.spend(COST.mapEntry);
    dict.set(key, value);
  }
  return dict;
}

function torchSize(args: readonly Value[]): PyTuple {
  const [sizes] = args;
  if (sizes instanceof PyTuple) return sizes;
  throw wrongArguments('torch.Size', args);
}

function rebuildTensor(args: readonly Value[], budget: Budget): TensorRef {
  budget.spend(COST.tensor);
  const [storage, offset, size, stride] = args;
  if (storage instanceof StorageRef && offset !== undefined && size !== undefined) {
    if (stride !== undefined) return new TensorRef(storage, offset, size, stride);
  }
  throw wrongArguments('torch._utils._rebuild_tensor_v2', args);
}

function rebuildParameter(args: readonly Value[]): TensorRef {
  const [data] = args;
  if (data instanceof TensorRef) return data;
  throw wrongArguments('torch._utils._rebuild_parameter', args);
}

/** MMEngine's history buffers keep methods of their own class by name. */
function attribute(args: readonly Value[]): Placeholder {
  const [object, name] = args;
  if (object instanceof KnownGlobal && object.name === HISTORY_BUFFER) {
    if (typeof name === 'string') return new Placeholder('an attribute of HistoryBuffer');
  }
  throw checkpointError(
    `the pickle takes an attribute of ${typeName(object)} with getattr, allowed is only ` +
      `${HISTORY_BUFFER}; nothing was executed, do not trust the file`,
  );
}

function wrongArguments(name: string, args: readonly Value[]) {
  const found = args.length === 0 ? 'nothing' : args.slice(0, 4).map(typeName).join(', ');
  return checkpointError(
    `the pickle gives ${name} the arguments (${found}), which it does not take; the file is ` +
      'damaged, fetch it again',
  );
}
