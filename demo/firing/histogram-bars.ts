/** Units that fire so many spikes. */
export interface Bar {
  readonly spikes: number;
  readonly units: number;
  readonly part: number;
  /** Of the whole network. */
  readonly networkPart: number;
}

/** Histograms added up, beside those of the whole network. */
export function histogramBars(
  members: readonly (readonly number[])[],
  network: readonly (readonly number[])[],
): readonly Bar[] {
  const own = addUp(members);
  const all = addUp(network);
  const [units, networkUnits] = [own, all].map((counts) => counts.reduce((a, b) => a + b, 0));
  return own.map((count, spikes) => ({
    spikes,
    units: count,
    part: count / (units ?? 1),
    networkPart: (all[spikes] ?? 0) / (networkUnits ?? 1),
  }));
}

function addUp(histograms: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = histograms;
  return first.map((_, k) => histograms.reduce((sum, counts) => sum + (counts[k] ?? 0), 0));
}
