import { fileURLToPath } from 'node:url';
import { SpikesegError } from '../errors.ts';
import { JsonNode } from '../model/json.ts';
import { convert } from './convert.ts';
import { readJson } from './files.ts';
import { info } from './info.ts';
import type { Command, Io } from './io.ts';
import { usage } from './options.ts';
import { segment } from './segment.ts';
import { stats } from './stats.ts';
import { verify } from './verify.ts';

const COMMANDS = new Map<string, Command>([
  ['segment', segment],
  ['stats', stats],
  ['verify', verify],
  ['info', info],
  ['convert', convert],
]);

const list = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`).join('\n');
const HELP = `\
Usage: spikeseg COMMAND [options]

Image segmentation with spiking transformers, on WebGPU.

${list}

  -h, --help     print this help, or that of a command
  -V, --version  print the version
`;

const ABORTED = 130;

/**
 * The command `spikeseg`.
 * @param argv what follows the command's name
 * @returns the exit status: 0; 1 if something failed; 2 for a mistake in the arguments; 130 if it was
 *   aborted
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...args] = argv;
  try {
    return await run(name, args, io);
  } catch (error) {
    if (!(error instanceof SpikesegError)) throw error;
    const aborted = error.code === 'aborted';
    io.stderr.write(`spikeseg: ${aborted ? 'aborted' : error.message}\n`);
    if (aborted) return ABORTED;
    if (error.code !== 'invalid-argument') return 1;
    const help =
      name !== undefined && COMMANDS.has(name) ? `spikeseg ${name} --help` : 'spikeseg --help';
    io.stderr.write(`Try "${help}".\n`);
    return 2;
  }
}

async function run(name: string | undefined, args: readonly string[], io: Io): Promise<number> {
  if (name === undefined) throw usage('no command was given');
  if (name === '--help' || name === '-h') {
    io.stdout.write(HELP);
    return 0;
  }
  if (name === '--version' || name === '-V') {
    io.stdout.write(`${await version()}\n`);
    return 0;
  }
  const command = COMMANDS.get(name);
  if (!command) throw usage(`there is no command ${name}: use ${[...COMMANDS.keys()].join(', ')}`);
  const end = args.indexOf('--');
  const flags = end < 0 ? args : args.slice(0, end);
  if (flags.includes('--help') || flags.includes('-h')) {
    io.stdout.write(command.help);
    return 0;
  }
  return command.run(args, io);
}

async function version(): Promise<string> {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url));
  return new JsonNode(await readJson(file), '').at('version').text();
}
