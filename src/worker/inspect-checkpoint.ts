import type { CheckpointOptions } from '../model/checkpoint/options.ts';
import type { CheckpointReport } from '../model/checkpoint/report.ts';
import { onDemand } from '../on-demand.ts';

/**
 * What a checkpoint holds, and whether it can run. Reads little of the file and needs no GPU.
 * @throws SpikesegError `checkpoint-invalid` if it cannot be read, `invalid-argument`, `network`
 */
export async function inspectCheckpoint(
  file: Blob,
  options: CheckpointOptions = {},
): Promise<CheckpointReport> {
  const { inspect } = await onDemand(import('./load-checkpoint.ts'));
  return inspect(file, options);
}
