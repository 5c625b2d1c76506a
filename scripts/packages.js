import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * @param {readonly string[]} args
 * @returns {boolean} whether it succeeded; else it has said why
 */
export function npm(args, env = process.env) {
  // On Windows npm is a .cmd file, which only a shell starts.
  const shell = process.platform === 'win32';
  return (
    spawnSync('npm', args, { stdio: ['ignore', 'inherit', 'inherit'], env, shell }).status === 0
  );
}

/**
 * The packages of a lock file, by folder; none if there is no such file.
 * @param {string} lockFile
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return {};
  }
}

/** Whether node_modules holds what package-lock.json asks for. Compares versions, not file times. */
function arePackagesInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([folder, { version, optional }]) =>
      folder === '' || optional || installed[folder]?.version === version,
  );
}

/**
 * Installs the npm packages if any is missing; only then is the network needed.
 * @param {readonly string[]} options of `npm ci`
 * @returns {boolean} whether they are there now
 */
export function installPackages(...options) {
  return arePackagesInstalled() || npm(['ci', ...options]);
}
