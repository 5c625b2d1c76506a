// npm run bench: see bench/README.md.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createRunner, expectLabels, interleaved, type RunnerName } from './measure.ts';
import { Ours } from './ours.ts';
import type { PeerName } from './peers.ts';
import { profile } from './profile.ts';
import { bundleBytes, describeMachine, ratios, table, type Report, type Timing } from './report.ts';
import { spikeCurves } from './spike-curve.ts';
import { openTask, type Runner, type Task } from './task.ts';

const PROFILED_RUNS = 5;
/** Of the spike curve for every run of a network: they are short. */
const CURVE_ROUNDS = 3;
const WEBGPU_LIMIT = 15 * 60_000; // ms

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    runs: { type: 'string', default: '20' },
    profile: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const runs = Number(options.runs);

const task = await openTask();
const ours = await Ours.create(task);
const peers = await openPeers(['ort-wasm', 'ort-node'], task);
const runners: readonly [RunnerName, Runner][] = [['ours', ours], ...peers];
for (const [name, runner] of runners) {
  await runner.run();
  expectLabels(name, runner.labels(), task);
  await runner.settle?.();
  await runner.run();
  expectLabels(name, runner.labels(), task);
}
const warm = await interleaved(
  runners.map(
    ([, runner]) =>
      () =>
        runner.run(),
  ),
  runs,
);
const curves = await spikeCurves(ours.gpu, CURVE_ROUNDS * runs);
const layers = options.profile ? await profile(ours, PROFILED_RUNS) : undefined;
if (options.profile && !layers) console.log('no profile: this device has no timestamps');

const timings = new Map<RunnerName, Timing>();
for (const [i, [name]] of runners.entries()) {
  timings.set(name, {
    ...(await inNewProcess(name)),
    warm_ms: warm[i]?.median ?? NaN,
    warm_best_ms: warm[i]?.best ?? NaN,
  });
}
if (!options.quick) {
  const timing = await inNewProcess('ort-webgpu', runs, WEBGPU_LIMIT);
  if (timing) timings.set('ort-webgpu', timing);
}
const { ours: own = {}, ...others } = Object.fromEntries(timings);
const { plan, dispatches } = ours.program;
const report: Report = {
  machine: describeMachine(),
  adapter: ours.gpu.adapter,
  ours: {
    ...own,
    dispatches,
    planned_bytes: plan.weightBytes + plan.activationBytes,
  },
  peers: others,
  ratios: ratios(own, others),
  spike_curve: curves.clustered,
  spike_curve_random: curves.random,
  bundle_gzip_bytes: bundleBytes(),
  ...(layers && { profile: layers }),
};
console.log(table(report));
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
process.exit(0); // threads of WASM would go on

/** Those that are there; of the others it says why not. */
async function openPeers(names: readonly PeerName[], task: Task): Promise<[PeerName, Runner][]> {
  const peers: [PeerName, Runner][] = [];
  for (const name of names) {
    await createRunner(name, task).then(
      (runner) => peers.push([name, runner]),
      (error: unknown) => leaveOut(name, error),
    );
  }
  return peers;
}

/** From nothing to the first result, without caches of drivers; then `runs` more. */
async function inNewProcess(name: RunnerName, runs = 0, timeout = 0): Promise<Timing | undefined> {
  const script = fileURLToPath(new URL('process.js', import.meta.url));
  const env = { ...process.env, MESA_SHADER_CACHE_DISABLE: 'true' };
  try {
    const args = [script, name, String(runs)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Timing;
  } catch (error) {
    const killed = error instanceof Error && 'killed' in error && error.killed === true;
    leaveOut(name, killed ? `it took longer than ${timeout / 60_000} minutes` : error);
    return undefined;
  }
}

function leaveOut(name: RunnerName, error: unknown): void {
  const [reason] = String(error).split('\n');
  console.log(`${name} is left out: ${reason}`);
}
