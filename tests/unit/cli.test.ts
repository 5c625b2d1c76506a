import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { spikeseg } from '../support/cli.ts';

const COMMANDS = ['segment', 'stats', 'verify', 'info'];

test('tells its version, and what it can do', async () => {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  expect(await spikeseg(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  const help = await spikeseg(['--help']);
  expect(help).toMatchObject({ status: 0, stderr: '' });
  for (const command of COMMANDS) expect(help.stdout).toContain(`  ${command} `);
});

test.for(COMMANDS)('%s has a help of its own, whatever else is given', async (command) => {
  const { status, stdout, stderr } = await spikeseg([command, '--nonsense', '--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^Usage: spikeseg ${command} [A-Z]+`));
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test.for([
  [[], 'no command was given', 'spikeseg --help'],
  [
    ['paint'],
    'there is no command paint: use segment, stats, verify, info, convert',
    'spikeseg --help',
  ],
  [['segment'], 'no picture was named', 'spikeseg segment --help'],
  [['segment', 'a.jpg', '--frob'], "unknown option '--frob'", 'spikeseg segment --help'],
  [['segment', '--', '--help'], '--help cannot be read: it does not exist', undefined],
  [['segment', 'a.jpg', '--size', '5'], '--size 5 is not a size', 'spikeseg segment --help'],
  [['segment', 'a.jpg', '-q', '-v'], '--quiet and --verbose contradict', 'spikeseg segment --help'],
  [['verify'], 'expected the folder of a golden, got 0 arguments', 'spikeseg verify --help'],
  [['info', 'a', 'b'], 'expected a model, got 2 arguments', 'spikeseg info --help'],
  [['info', 'nowhere'], 'there is no model "nowhere"', undefined],
] as const)('%j is refused in a sentence', async ([args, problem, help]) => {
  const { status, stdout, stderr } = await spikeseg(args);
  expect(stdout).toBe('');
  const [sentence, hint] = stderr.split('\n');
  expect(sentence).toMatch(/^spikeseg: /);
  expect(sentence).toContain(problem);
  expect(hint).toBe(help === undefined ? '' : `Try "${help}".`);
  expect(status).toBe(help === undefined ? 1 : 2);
});
