/** The names of WGSL by which the four lanes of a quad exchange what each has loaded. */
const DIRECTIVES = /^(enable subgroups|diagnostic\(off, ?subgroup_uniformity\));$/gm;
const EXCHANGES = /quadBroadcast\((\w+), ?\du\)/g;

/**
 * The WGSL of a kernel for a device without subgroups: a lane hears itself only. Kernels that use
 * subgroups have an override by which their lanes do without, and which is then to be set.
 */
export function withoutSubgroups(source: string): string {
  return source.replace(DIRECTIVES, '').replace(EXCHANGES, '$1');
}
