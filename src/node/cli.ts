#!/usr/bin/env node
import process from 'node:process';
import { main } from './main.ts';

const abort = new AbortController();
// A second Ctrl-C ends the process at once, as nobody listens any more.
process.once('SIGINT', () => abort.abort());
process.once('SIGTERM', () => abort.abort());
// A reader such as `head` that has seen enough is no fault.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) =>
  process.exit(code === 'EPIPE' ? 0 : 1),
);

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: abort.signal,
});
