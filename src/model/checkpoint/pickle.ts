import type { Budget } from './budget.ts';
import { checkpointError } from './error.ts';
import { PickleCursor } from './pickle-cursor.ts';
import { type PersistentLoad, PickleMachine } from './pickle-machine.ts';
import { OPCODES, STOP } from './pickle-opcodes.ts';
import type { Value } from './pickle-values.ts';

/**
 * Reads a pickle of protocol 2 to 5 as data. The names in it are looked up in a fixed list, nothing
 * is imported or called, and no step recurses, so that the file cannot exhaust the call stack.
 *
 * - `bytes`: borrowed; the result holds no part of it
 * - `start`: where the pickle begins in `bytes`
 *
 * @returns the value, and where the byte after the pickle is
 * @throws SpikesegError `checkpoint-invalid`; a {@link PickleTruncated} if `bytes` end too early
 * @see https://docs.python.org/3/library/pickletools.html
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  budget: Budget,
  persistentLoad: PersistentLoad,
): { value: Value; end: number } {
  const cursor = new PickleCursor(bytes, start);
  const machine = new PickleMachine(cursor, budget, persistentLoad);
  for (let opcode = cursor.u8(); opcode !== STOP; opcode = cursor.u8()) {
    const execute = OPCODES[opcode];
    if (execute === undefined) {
      throw checkpointError(
        `the pickle has the opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ` +
          `${cursor.position - 1}, which checkpoints of protocol 2 to 5 do not use; save the ` +
          'state_dict again with a current PyTorch',
      );
    }
    execute(machine);
  }
  return { value: machine.pop(), end: cursor.position };
}
