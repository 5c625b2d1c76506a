import { COST } from './budget.ts';
import { checkpointError } from './error.ts';
import { findGlobal } from './globals.ts';
import type { PickleMachine } from './pickle-machine.ts';
import { Placeholder, PyDict, PyList, type Value } from './pickle-values.ts';

type Execute = (machine: PickleMachine) => void;

export const STOP = 0x2e;

const MAX_PROTOCOL = 5;
/** Longer texts are arrays written as text (NumPy's in protocol 2), never names: they stay in the file. */
const MAX_TEXT = 2 ** 20;

/** What to do for each opcode, by its public name and number; those left out are refused. */
export const OPCODES: Readonly<Record<number, Execute>> = {
  // Protocol, frames
  [0x80 /* PROTO */]: checkProtocol,
  [0x95 /* FRAME */]: checkFrame,

  // Constants
  [0x4e /* NONE */]: (m) => m.push(null),
  [0x88 /* NEWTRUE */]: (m) => m.push(true),
  [0x89 /* NEWFALSE */]: (m) => m.push(false),
  [0x4b /* BININT1 */]: (m) => m.push(m.cursor.u8()),
  [0x4d /* BININT2 */]: (m) => m.push(m.cursor.u16()),
  [0x4a /* BININT */]: (m) => m.push(m.cursor.i32()),
  [0x8a /* LONG1 */]: (m) => m.push(m.cursor.integer(m.cursor.u8())),
  [0x8b /* LONG4 */]: (m) => m.push(m.cursor.integer(m.cursor.u32())),
  [0x47 /* BINFLOAT */]: (m) => m.push(m.cursor.f64()),

  // Text; Python 2's strings are read as UTF-8, as PyTorch does
  [0x8c /* SHORT_BINUNICODE */]: (m) => pushText(m, m.cursor.u8()),
  [0x58 /* BINUNICODE */]: (m) => pushText(m, m.cursor.u32()),
  [0x8d /* BINUNICODE8 */]: (m) => pushText(m, m.cursor.u64()),
  [0x55 /* SHORT_BINSTRING */]: (m) => pushText(m, m.cursor.u8()),
  [0x54 /* BINSTRING */]: (m) => pushText(m, m.cursor.u32()),

  // Bytes
  [0x43 /* SHORT_BINBYTES */]: (m) => pushBytes(m, m.cursor.u8()),
  [0x42 /* BINBYTES */]: (m) => pushBytes(m, m.cursor.u32()),
  [0x8e /* BINBYTES8 */]: (m) => pushBytes(m, m.cursor.u64()),
  [0x96 /* BYTEARRAY8 */]: (m) => pushBytes(m, m.cursor.u64()),

  // Containers
  [0x28 /* MARK */]: (m) => m.mark(),
  [0x29 /* EMPTY_TUPLE */]: (m) => m.pushTuple([]),
  [0x74 /* TUPLE */]: (m) => m.pushTuple(m.popMark()),
  [0x85 /* TUPLE1 */]: (m) => pushLastAsTuple(m, 1),
  [0x86 /* TUPLE2 */]: (m) => pushLastAsTuple(m, 2),
  [0x87 /* TUPLE3 */]: (m) => pushLastAsTuple(m, 3),
  [0x5d /* EMPTY_LIST */]: (m) => m.pushNew(new PyList(), COST.sequence),
  [0x61 /* APPEND */]: (m) => append(m, [m.pop()]),
  [0x65 /* APPENDS */]: (m) => append(m, m.popMark()),
  [0x7d /* EMPTY_DICT */]: (m) => m.pushNew(new PyDict(), COST.dict),
  [0x73 /* SETITEM */]: setItem,
  [0x75 /* SETITEMS */]: (m) => setItems(m, m.popPairs()),
  [0x8f /* EMPTY_SET */]: (m) => m.pushNew(new Placeholder('a set'), COST.object),
  [0x90 /* ADDITEMS */]: addItems,
  [0x91 /* FROZENSET */]: frozenSet,

  // Stack and memo
  [0x30 /* POP */]: (m) => void m.pop(),
  [0x31 /* POP_MARK */]: (m) => void m.popMark(),
  [0x32 /* DUP */]: (m) => m.push(m.top()),
  [0x71 /* BINPUT */]: (m) => m.remember(m.cursor.u8()),
  [0x72 /* LONG_BINPUT */]: (m) => m.remember(m.cursor.u32()),
  [0x94 /* MEMOIZE */]: (m) => m.rememberNext(),
  [0x68 /* BINGET */]: (m) => m.recall(m.cursor.u8()),
  [0x6a /* LONG_BINGET */]: (m) => m.recall(m.cursor.u32()),

  // Names and objects
  [0x63 /* GLOBAL */]: (m) => m.push(findGlobal(m.cursor.line(), m.cursor.line())),
  [0x93 /* STACK_GLOBAL */]: pushStackGlobal,
  [0x52 /* REDUCE */]: (m) => m.build(),
  [0x81 /* NEWOBJ */]: (m) => m.build(),
  [0x62 /* BUILD */]: (m) => m.setState(),
  [0x51 /* BINPERSID */]: (m) => m.pushNew(m.persistentLoad(m.pop()), COST.object),

  // Refused by name; protocol 0's strings are passed over so that the name can be reached
  [0x53 /* STRING */]: passString,
  [0x69 /* INST */]: refuseInst,
  [0x6f /* OBJ */]: refuse('OBJ'),
  [0x92 /* NEWOBJ_EX */]: refuse('NEWOBJ_EX'),
  [0x82 /* EXT1 */]: refuse('EXT1, an extension opcode'),
  [0x83 /* EXT2 */]: refuse('EXT2, an extension opcode'),
  [0x84 /* EXT4 */]: refuse('EXT4, an extension opcode'),
};

function checkProtocol(machine: PickleMachine): void {
  const protocol = machine.cursor.u8();
  if (protocol <= MAX_PROTOCOL) return;
  throw checkpointError(
    `the pickle is of protocol ${protocol}, expected 2 to ${MAX_PROTOCOL}; save the state_dict ` +
      'again with the default protocol',
  );
}

/** Frames only say how far to read ahead, but a wrong length is a sign of damage. */
function checkFrame({ cursor }: PickleMachine): void {
  cursor.expect(cursor.u64(), 'a FRAME');
}

function pushText(machine: PickleMachine, length: number): void {
  const { cursor } = machine;
  if (length <= MAX_TEXT) {
    const text = cursor.text(length);
    // Plain ASCII takes a byte a character, most else two.
    const width = text.length === length ? 1 : 2;
    machine.pushNew(text, COST.text + width * text.length);
    return;
  }
  cursor.skip(length, 'a string');
  machine.pushNew(new Placeholder('a long text'), COST.object);
}

function pushBytes(machine: PickleMachine, length: number): void {
  machine.cursor.skip(length, 'a byte string');
  machine.pushNew(new Placeholder('bytes'), COST.object);
}

function pushLastAsTuple(machine: PickleMachine, length: number): void {
  const items = Array.from({ length }, () => machine.pop());
  machine.pushTuple(items.reverse());
}

function append(machine: PickleMachine, values: readonly Value[]): void {
  const list = machine.top();
  if (!(list instanceof PyList)) throw machine.unfit('append to', list);
  machine.budget.spend(COST.item * values.length);
  for (const value of values) list.append(value);
}

function setItem(machine: PickleMachine): void {
  const value = machine.pop();
  const key = machine.pop();
  setItems(machine, [[key, value]]);
}

function setItems(machine: PickleMachine, pairs: readonly [Value, Value][]): void {
  const dict = machine.top();
  if (!(dict instanceof PyDict)) throw machine.unfit('set items of', dict);
  machine.budget.spend(COST.mapEntry * pairs.length);
  for (const [key, value] of pairs) dict.set(key, value);
}

function addItems(machine: PickleMachine): void {
  machine.popMark();
  const set = machine.top();
  if (!(set instanceof Placeholder)) throw machine.unfit('add items to', set);
}

function frozenSet(machine: PickleMachine): void {
  machine.popMark();
  machine.pushNew(new Placeholder('a frozenset'), COST.object);
}

function pushStackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw machine.unfit('import', typeof module === 'string' ? name : module);
  }
  machine.push(findGlobal(module, name));
}

function passString(machine: PickleMachine): void {
  machine.cursor.line();
  machine.pushNew(new Placeholder('a string of protocol 0'), COST.object);
}

function refuseInst(machine: PickleMachine): void {
  const { name } = findGlobal(machine.cursor.line(), machine.cursor.line());
  throw refused(`INST, which would call ${name}`);
}

function refuse(opcode: string): Execute {
  return () => {
    throw refused(opcode);
  };
}

function refused(opcode: string) {
  return checkpointError(
    `the pickle uses the opcode ${opcode}, which PyTorch never writes; nothing was executed, do ` +
      'not trust the file',
  );
}
