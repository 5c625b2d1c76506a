import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { addBackports, canInstall, install } from './apt.js';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
/** The Vulkan loader and Mesa's drivers, one of which is lavapipe: Vulkan without a GPU. */
const MESA = ['libvulkan1', 'mesa-vulkan-drivers'];

/**
 * Finds what the tests of the GPU and of the page run on, and installs it where that is possible.
 * The drivers are values for VK_DRIVER_FILES; undefined leaves the choice to the system.
 */
export function prepareGraphics() {
  const browser = prepareChromium();
  const asked = process.env['VK_DRIVER_FILES'];
  const lavapipe = process.platform === 'linux' && asked === undefined ? prepareLavapipe() : asked;
  const swiftShader = browser && findSwiftShader(browser);
  const driver = lavapipe ?? (adapterOf() === undefined ? swiftShader : undefined);
  if (adapterOf(driver) === undefined) console.log('No WebGPU: install lavapipe of Mesa ≥ 25.');
  return { browser, driver, swiftShader };
}

/** @returns {string | undefined} the executable */
export function findChromium() {
  const asked = process.env['CHROMIUM_PATH'] ?? '';
  return [asked, ...onPath(BROWSERS), chromium.executablePath()].find(existsSync);
}

function prepareChromium() {
  const found = findChromium() ?? installUntil(findChromium, [() => install(['chromium'])]);
  if (found === undefined) console.log('No Chromium: run "npx playwright install chromium".');
  return found;
}

/** Lavapipe is the same everywhere; it is not installed where another driver works. */
function prepareLavapipe() {
  const found = findLavapipe();
  if (found !== undefined || adapterOf() !== undefined) return found;
  return installUntil(findLavapipe, [
    () => install(MESA),
    // The lavapipe of Debian 12 itself, 22.3, lacks what Dawn requires.
    () => install(MESA, addBackports()),
  ]);
}

function findLavapipe() {
  const files = DRIVER_FOLDERS.filter(existsSync).flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  return files.find((file) => /lvp_icd.*\.json$/.test(file) && adapterOf(file) !== undefined);
}

/**
 * The driver that comes with Chromium.
 * @param {string} browser
 */
export function findSwiftShader(browser) {
  const folders = [dirname(realpathSync(browser)), '/usr/lib/chromium'];
  const files = folders.map((folder) => join(folder, 'vk_swiftshader_icd.json'));
  return files.find((file) => existsSync(file) && adapterOf(file) !== undefined);
}

/**
 * How the adapter that a driver gives describes itself.
 * @param {string} [driver]
 * @returns {string | undefined}
 */
export function adapterOf(driver) {
  const env = driver === undefined ? process.env : { ...process.env, VK_DRIVER_FILES: driver };
  const probe = join(import.meta.dirname, 'probe-adapter.js');
  const { stdout } = spawnSync(process.execPath, [probe], { env, encoding: 'utf8' });
  return stdout.trim() || undefined;
}

/**
 * Tries one installation after the other until `find` finds something.
 * @param {() => string | undefined} find
 * @param {readonly (() => void)[]} attempts
 */
function installUntil(find, attempts) {
  if (!canInstall()) return undefined;
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      console.log(String(error));
    }
    const found = find();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param {readonly string[]} names */
function onPath(names) {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}
