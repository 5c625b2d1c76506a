// Runs every check, after installing what the checks need; the last line says "N passed, N failed".
// Each is a script of package.json, and runs alone too: `npm run test:unit`.
import { installPackages } from './packages.js';
import { check, playwright, vitest } from './steps.js';

/** @type {import('./steps.js').Counts[]} */
const results = [];
try {
  // The script that npm would run after installing is a step of its own: build.
  if (!installPackages('--ignore-scripts')) throw new Error('the npm packages are not installed');
  const { adapterOf, prepareGraphics } = await import('./graphics.js');
  const { browser, driver, swiftShader } = prepareGraphics();

  for (const script of ['types', 'lint', 'format', 'build', 'size', 'demo:build']) {
    step(script, () => check(script));
  }
  step('test:unit', () => vitest('test:unit'));
  step(`test:gpu on ${adapterOf(driver)}`, () =>
    vitest('test:gpu', [], { VK_DRIVER_FILES: driver }),
  );
  // A second compiler of the same shaders must come to the same numbers.
  if (swiftShader !== undefined && swiftShader !== driver) {
    step(`goldens on ${adapterOf(swiftShader)}`, () =>
      vitest('test:gpu', ['tests/gpu/golden'], { VK_DRIVER_FILES: swiftShader }),
    );
  }
  step('test:e2e', () => playwright('test:e2e', { CHROMIUM_PATH: browser }));
} catch (error) {
  console.log(String(error));
  results.push({ passed: 0, failed: 1 });
}
const [passed, failed] = [sum('passed'), sum('failed')];
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);

/**
 * @param {string} title
 * @param {() => import('./steps.js').Counts} work
 */
function step(title, work) {
  console.log(`\n=== ${title}`);
  const start = performance.now();
  const result = work();
  results.push(result);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`=== ${title}: ${result.failed === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
}

/** @param {'passed' | 'failed'} key */
function sum(key) {
  return results.reduce((total, result) => total + result[key], 0);
}
