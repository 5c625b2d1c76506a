import { throwIfAborted } from '../errors.ts';
import type { Golden } from '../model/golden.ts';
import type { ReadWeights } from '../model/graph.ts';
import type { FiringComparison, LayerComparison } from './compare.ts';
import {
  compareLabels,
  compareOutputs,
  type LabelComparison,
  type OutputComparison,
} from './outputs.ts';
import { untracedLayers } from './trace.ts';
import { GoldenRun } from './verify.ts';

/** A network beside its golden, in all that the golden stores; layers in order of execution. */
export interface Verification {
  /** Every layer by itself, on the golden's spikes. */
  readonly teacherForced: readonly LayerComparison[];
  /** On the network's own spikes. */
  readonly freeRunning: readonly LayerComparison[];
  /** Layers of `freeRunning` whose flips have no reason: no near-tie, no flip before them. */
  readonly untraced: readonly string[];
  /** Layers of which the golden has the statistics only. */
  readonly firing: readonly FiringComparison[];
  readonly outputs: readonly OutputComparison[];
  readonly labels: LabelComparison | undefined;
  /** What tells against the network, a sentence each; it passed if there are none. */
  readonly faults: readonly string[];
}

export interface VerifyOptions {
  /** Keep the original's order of products. @defaultValue false */
  readonly literal?: boolean | undefined;
  /** Run layers in D virtual timesteps. @defaultValue false */
  readonly unrolled?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: 'teacher-forced' | 'free-running') => void) | undefined;
}

/** The statistics are stored with seven digits. */
const FIRING_ALLOWED = 1e-6;
/** After a flip one label in a thousand may differ: the original agrees with itself no better. */
const AGREEMENT_AFTER_FLIPS = 0.999;

/**
 * Runs the network of a golden on a device, once with every layer judged by itself and once on its
 * own, and judges what differs.
 * @throws SpikesegError `weights-invalid`, `shader-compile`, `out-of-memory`, `aborted`
 */
export async function verifyGolden(
  device: GPUDevice,
  golden: Golden,
  read: ReadWeights,
  { literal = false, unrolled = false, signal, onStep }: VerifyOptions = {},
): Promise<Verification> {
  const run = async <T>(observe: boolean, action: (run: GoldenRun) => Promise<T>): Promise<T> => {
    throwIfAborted(signal);
    const goldenRun = await GoldenRun.create(device, golden, read, {
      literal,
      unrolled,
      observe,
      signal,
    });
    try {
      return await action(goldenRun);
    } finally {
      goldenRun.destroy();
    }
  };
  let teacherForced: LayerComparison[] = [];
  if ([...golden.tensors.tensors.keys()].some((name) => name.startsWith('neuron_int/'))) {
    onStep?.('teacher-forced');
    // Potentials are in memory only where they are observed; what is shipped runs without.
    teacherForced = await run(true, (observed) => observed.teacherForced());
  }
  onStep?.('free-running');
  const compared = await run(false, async (free) => {
    const { layers: freeRunning, firing, outputs } = await free.freeRunning();
    return {
      freeRunning,
      untraced: untracedLayers(free.graph, freeRunning),
      firing,
      outputs: await compareOutputs(golden, free.graph, outputs),
      labels: await compareLabels(golden, outputs),
    };
  });
  const verification = { teacherForced, ...compared };
  return { ...verification, faults: judge(verification) };
}

/** Outputs and statistics are held to their tolerance only if no spike differs. */
export function judge(verification: Omit<Verification, 'faults'>): string[] {
  const { teacherForced, freeRunning, untraced, firing, outputs, labels } = verification;
  const flipped = freeRunning.some(({ flips }) => flips > 0);
  const faults = teacherForced.flatMap(judgeLayer);
  if (teacherForced.length + firing.length + outputs.length === 0) {
    faults.push('the golden stores nothing to compare with');
  }
  if (untraced.length > 0) {
    faults.push(`on its own spikes, flips without a reason in ${untraced.join(', ')}`);
  }
  if (!flipped) {
    for (const { name, error } of firing) {
      if (!(error <= FIRING_ALLOWED)) faults.push(`${name} fires otherwise, by ${digits(error)}`);
    }
    for (const { name, max, allowed } of outputs) {
      if (max <= allowed) continue;
      faults.push(`the ${name} are off by ${digits(max)}, allowed are ${digits(allowed)}`);
    }
  }
  if (labels) {
    const { pixels, different, excused } = labels;
    const allowed = flipped ? (1 - AGREEMENT_AFTER_FLIPS) * pixels : 0;
    if (different - excused > allowed) {
      faults.push(`${different - excused} of ${pixels} labels differ`);
    }
  }
  return faults;
}

function judgeLayer({ name, flips, excused, error }: LayerComparison): string[] {
  const faults: string[] = [];
  if (flips > excused) faults.push(`${name}: ${flips - excused} units flipped without a near-tie`);
  if (error && !(error.max <= error.allowed)) {
    const { max, allowed } = error;
    faults.push(`${name}: a potential is off by ${digits(max)}, allowed are ${digits(allowed)}`);
  }
  return faults;
}

function digits(value: number): string {
  return value.toPrecision(2);
}
