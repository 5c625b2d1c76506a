/** Invocations of a workgroup in the kernels that walk a tensor from end to end. */
export const LANES = 64;

/** Workgroups that hold `invocations` lanes, folded into y where a row of them exceeds `limit`. */
export function flatGrid(invocations: number, limit: number): [number, number] {
  const groups = Math.ceil(invocations / LANES);
  const rows = Math.ceil(groups / limit);
  return [Math.ceil(groups / rows), rows];
}
