import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const APT = '/etc/apt';
const SUDO = process.getuid?.() === 0 ? [] : ['sudo', '-n'];

/** Whether packages can be installed here: Debian or a relative, as root or by sudo unasked. */
export function canInstall() {
  const [command = '', ...args] = [...SUDO, 'apt-get', '--version'];
  return spawnSync(command, args).status === 0;
}

/**
 * @param {readonly string[]} packages
 * @param {string} [suite] where they, and what they need, come from; else the release
 * @throws if apt cannot
 */
export function install(packages, suite) {
  const from = suite === undefined ? [] : ['-t', suite];
  console.log(`Installing ${packages.join(', ')} …`);
  asRoot(['apt-get', '-qq', 'update']);
  asRoot(['apt-get', '-qq', 'install', '-y', '--no-install-recommends', ...from, ...packages]);
}

/**
 * Makes the backports of this Debian release known to apt, from the mirror and under the key of the
 * release itself.
 * @returns {string | undefined} the suite; undefined if this system has none
 */
export function addBackports() {
  const system = readFileSync('/etc/os-release', 'utf8');
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(system)?.[1];
  if (release === undefined || !/^ID=debian$/m.test(system)) return undefined;
  const suite = `${release}-backports`;
  const files = sourceFiles();
  if (files.some(({ text }) => retarget(text, suite, suite) !== undefined)) return suite;
  for (const { name, text } of files) {
    const entry = retarget(text, release, suite);
    if (entry === undefined) continue;
    const extension = name.slice(name.lastIndexOf('.'));
    asRoot(['tee', join(APT, 'sources.list.d', suite + extension)], `${entry}\n`);
    return suite;
  }
  return undefined;
}

/**
 * The entry that serves `release` in an apt sources file, of either format, changed to serve `suite`.
 * @param {string} sources
 * @param {string} release
 * @param {string} suite
 * @returns {string | undefined}
 */
export function retarget(sources, release, suite) {
  const serves = new RegExp(`^Suites:(.*\\s)?${release}(\\s|$)`, 'm');
  const stanza = sources.split(/\n\s*\n/).find((text) => serves.test(text));
  if (stanza !== undefined) return stanza.replace(/^Suites:.*$/m, `Suites: ${suite}`).trim();
  const line = new RegExp(`^(deb\\s.*\\s)${release}(\\s.*)$`, 'm').exec(sources);
  return line ? `${line[1]}${suite}${line[2]}` : undefined;
}

function sourceFiles() {
  const folder = join(APT, 'sources.list.d');
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return [join(APT, 'sources.list'), ...names]
    .filter((name) => /\.(list|sources)$/.test(name) && existsSync(name))
    .map((name) => ({ name, text: readFileSync(name, 'utf8') }));
}

/**
 * @param {readonly string[]} command
 * @param {string} [input]
 */
function asRoot(command, input = '') {
  const [program = '', ...args] = [...SUDO, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
  execFileSync(program, args, { input, stdio: ['pipe', 'ignore', 'inherit'] });
}
