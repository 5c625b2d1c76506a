import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * @param {readonly string[]} args
 * @throws if npm fails; it has then said why
 */
function npm(args) {
  // On Windows npm is a .cmd file, which only a shell starts.
  execFileSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
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
 * @throws if npm fails
 */
export function installPackages(...options) {
  if (!arePackagesInstalled()) npm(['ci', ...options]);
}
