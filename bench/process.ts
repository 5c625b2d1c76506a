// One runner in a process of its own: prints what it took to the first result, and after, as JSON.
import { createRunner, expectLabels, interleaved, type RunnerName } from './measure.ts';
import { openTask } from './task.ts';

const [name = 'ours', runs = '0'] = process.argv.slice(2);
const runner = name as RunnerName;
const task = await openTask();
const started = performance.now();
const made = await createRunner(runner, task);
await made.run();
const cold = performance.now() - started;
const labels = made.labels();
await made.settle?.();
const settled = made.settle && performance.now() - started;
expectLabels(runner, labels, task);
await made.run();
expectLabels(runner, made.labels(), task);
const [warm] = Number(runs) > 0 ? await interleaved([() => made.run()], Number(runs)) : [];
console.log(
  JSON.stringify({
    cold_ms: cold,
    settled_ms: settled,
    warm_ms: warm?.median,
    warm_best_ms: warm?.best,
  }),
);
process.exit(0); // threads of WASM would go on
