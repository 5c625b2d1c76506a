import { parseArgs, type ParseArgsConfig } from 'node:util';
import { SpikesegError } from '../errors.ts';
import type { Size } from '../model/shapes.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

const COMMON = {
  quiet: { type: 'boolean', short: 'q' },
  verbose: { type: 'boolean', short: 'v' },
  json: { type: 'boolean' },
} as const satisfies Options;

/** Lines of every command's help. */
export const COMMON_HELP = `\
  --json             print the result as JSON
  -q, --quiet        say nothing but results and errors
  -v, --verbose      tell of progress in lines, also where there is no terminal
  -h, --help         print this help`;

/**
 * Parses the arguments of a command: `options` and those that all commands have.
 * @throws SpikesegError `invalid-argument`
 */
export function parseOptions<const O extends Options>(args: readonly string[], options: O) {
  const config = {
    args: [...args],
    options: { ...COMMON, ...options },
    allowPositionals: true,
  } as const;
  return parsing(() => parseArgs<typeof config>(config));
}

/**
 * @param text e.g. `512x256`, width first
 * @throws SpikesegError `invalid-argument`
 */
export function parseSize(text: string): Size {
  const [, width, height] = /^(\d{1,5})[x×](\d{1,5})$/i.exec(text) ?? [];
  if (width === undefined || height === undefined) {
    throw usage(`--size ${text} is not a size: give width and height in pixels, like 512x256`);
  }
  return { width: Number(width), height: Number(height) };
}

/** The one positional argument. @throws SpikesegError `invalid-argument` */
export function onlyArgument(positionals: readonly string[], what: string): string {
  const [argument, ...others] = positionals;
  if (argument !== undefined && others.length === 0) return argument;
  throw usage(`expected ${what}, got ${positionals.length} arguments`);
}

/** A mistake in the command line. */
export function usage(problem: string, options?: ErrorOptions): SpikesegError {
  return new SpikesegError('invalid-argument', problem, options);
}

function parsing<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    // Node goes on to explain how to pass arguments that begin with a dash.
    const [problem = ''] = cause.message.split('. ');
    throw usage(problem.charAt(0).toLowerCase() + problem.slice(1), { cause });
  }
}
