/** Picojoules of one operation. */
export interface OperationEnergy {
  /** Multiply-accumulate: a multiplication and an addition. */
  readonly mac: number;
  /** Addition. */
  readonly accumulate: number;
}

/**
 * Energy of the arithmetic alone in 45 nm CMOS at 0.9 V; memory, which costs more, is left out.
 * @see M. Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014: additions
 * of 0.9 (fp32), 0.4 (fp16) and 0.03 (int8) pJ, multiplications of 3.7, 1.1 and 0.2 pJ
 */
export const ENERGY_45NM = {
  fp32: { mac: 4.6, accumulate: 0.9 },
  fp16: { mac: 1.5, accumulate: 0.4 },
  int8: { mac: 0.23, accumulate: 0.03 },
} as const satisfies Readonly<Record<string, OperationEnergy>>;

export type EnergyPreset = keyof typeof ENERGY_45NM;

/** Millijoules of so many operations. */
export function energyMillijoules(
  { accumulates, macs }: { readonly accumulates: number; readonly macs: number },
  { accumulate, mac }: OperationEnergy,
): number {
  return (accumulate * accumulates + mac * macs) * 1e-9;
}
