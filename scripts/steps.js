import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm } from './packages.js';

/** @typedef {{ passed: number, failed: number }} Counts */
/** @typedef {Record<string, string | undefined>} Env added to the environment of this process */

/**
 * A script that passes or fails as a whole.
 * @param {string} script its name in package.json
 * @returns {Counts}
 */
export function check(script) {
  return run(script, [], {}) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * A script that is a run of vitest.
 * @param {string} script
 * @param {readonly string[]} [files]
 * @param {Env} [env]
 * @returns {Counts}
 */
export function vitest(script, files = [], env = {}) {
  return withReport((report) => {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const ok = run(script, [...files, ...reporters], env);
    const { numPassedTests = 0, numFailedTests = 0 } = readReport(report);
    return counts(ok, numPassedTests, numFailedTests);
  });
}

/**
 * A script that is a run of Playwright.
 * @param {string} script
 * @param {Env} [env]
 * @returns {Counts}
 */
export function playwright(script, env = {}) {
  return withReport((report) => {
    const ok = run(script, ['--reporter=list,json'], {
      ...env,
      PLAYWRIGHT_JSON_OUTPUT_FILE: report,
    });
    const { expected = 0, flaky = 0, unexpected = 0 } = readReport(report).stats ?? {};
    return counts(ok, expected + flaky, unexpected);
  });
}

/**
 * @param {string} script
 * @param {readonly string[]} args
 * @param {Env} env
 */
function run(script, args, env) {
  return npm(['run', '--silent', script, '--', ...args], { ...process.env, ...env });
}

/**
 * @param {(report: string) => Counts} work is given the name of a file to write
 * @returns {Counts}
 */
function withReport(work) {
  const folder = mkdtempSync(join(tmpdir(), 'spikeseg-'));
  try {
    return work(join(folder, 'report.json'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {}; // the runner died before it could report
  }
}

/**
 * What fails outside the tests, e.g. a file that cannot be read, counts as one failure.
 * @param {boolean} ok
 * @param {number} passed
 * @param {number} failed
 * @returns {Counts}
 */
function counts(ok, passed, failed) {
  return { passed, failed: ok ? failed : Math.max(failed, 1) };
}
