import { expect, test } from 'vitest';
import { Reporter } from '../../src/node/reporter.ts';
import { duration, grouped, megabytes, Paint, table, toJson } from '../../src/node/text.ts';
import { Recorder } from '../support/cli.ts';

function reporter(terminal: boolean, options: { quiet?: boolean; verbose?: boolean } = {}) {
  const stdout = new Recorder(terminal);
  const stderr = new Recorder(terminal);
  const signal = new AbortController().signal;
  return { report: new Reporter({ stdout, stderr, env: {}, signal }, options), stdout, stderr };
}

test('columns are as wide as their widest cell, colours not counted', () => {
  const rows = [
    ['name', '', 'n'],
    ['\x1b[31ma\x1b[0m', '', '12'],
  ];
  expect(table(rows, 'llr')).toBe('name   n\n\x1b[31ma\x1b[0m     12\n');
});

test('numbers are written for people', () => {
  expect([1, 999, 1000, 8_656_640].map(grouped)).toEqual(['1', '999', '1,000', '8,656,640']);
  expect(megabytes(3_090_944)).toBe('3.1 MB');
  expect([12.4, 1234].map(duration)).toEqual(['12 ms', '1.23 s']);
});

test('maps are objects in JSON', () => {
  expect(JSON.parse(toJson({ a: new Map([['b', 1]]) }))).toEqual({ a: { b: 1 } });
});

test('colours are for terminals that want them', () => {
  const terminal = new Recorder(true);
  expect(new Paint(terminal, {}).bad('x')).toBe('\x1b[31mx\x1b[0m');
  expect(new Paint(terminal, {}).swatch('#0a0b0c')).toContain('38;2;10;11;12');
  for (const paint of [
    new Paint(terminal, { NO_COLOR: '1' }),
    new Paint(new Recorder(false), {}),
  ]) {
    expect(paint.bad('x')).toBe('x');
    expect(paint.swatch('#0a0b0c')).toBe('');
  }
});

test('progress is one line on a terminal, and makes way for results', () => {
  const { report, stdout, stderr } = reporter(true);
  report.progress('compiling', 0.5);
  report.progress('a step whose description is much longer than the line of the terminal');
  report.result('done\n');
  expect(stdout.text).toBe('done\n');
  const [, first, second, last] = stderr.text.split('\r\x1b[2K');
  expect([first, second?.length, last]).toEqual(['compiling 50 %', 59, '']);
});

test('elsewhere progress is told with --verbose only, once a step', () => {
  const silent = reporter(false);
  const verbose = reporter(false, { verbose: true });
  for (const { report } of [silent, verbose]) {
    report.progress('compiling', 0);
    report.progress('compiling', 1);
    report.progress('running');
    report.notice('a file was ignored');
  }
  expect(silent.stderr.text).toBe('a file was ignored\n');
  expect(verbose.stderr.text).toBe('compiling\nrunning\na file was ignored\n');
});

test('--quiet leaves errors', () => {
  const { report, stderr } = reporter(true, { quiet: true });
  report.progress('compiling');
  report.notice('a file was ignored');
  report.error('it is broken');
  expect(stderr.text).toBe('spikeseg: it is broken\n');
});

test.each([
  ['of a known whole', 1 / 3, 'step 33 %'],
  ['of a whole that nobody tells', 1 / 0, 'step'],
  ['of nothing yet', 0 / 0, 'step'],
])('progress %s', (_, done, line) => {
  const { report, stderr } = reporter(true);
  report.progress('step', done);
  expect(stderr.text.endsWith(`\x1b[2K${line}`)).toBe(true);
});
