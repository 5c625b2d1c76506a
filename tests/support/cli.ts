import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Stream } from '../../src/node/io.ts';
import { main } from '../../src/node/main.ts';

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Whether both streams are terminals of all colours. */
  readonly terminal?: boolean;
}

/** Runs the command in this process. */
export async function spikeseg(
  args: readonly string[],
  { env = {}, signal = new AbortController().signal, terminal = false }: CliOptions = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  const stdout = new Recorder(terminal);
  const stderr = new Recorder(terminal);
  const status = await main(args, { stdout, stderr, env, signal });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** A stream that keeps what is written. */
export class Recorder implements Stream {
  readonly isTTY: boolean;
  readonly columns = 60;
  text = '';

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }

  getColorDepth(env: object): number {
    return 'NO_COLOR' in env ? 1 : 24;
  }
}

/** A folder that is removed when the test ends, with copies of the files given. */
export async function scratchFolder(...files: readonly (readonly [from: string, to: string])[]) {
  const folder = await mkdtemp(join(tmpdir(), 'spikeseg-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [from, to] of files) await writeFile(join(folder, to), await readFile(from));
  return folder;
}
