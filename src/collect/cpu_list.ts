/**
 * A set of cores as the kernel writes it, "0-3,8,10-11" (cpuset(7), "List format"). Undefined for any other text.
 */
export function parseCpuList(text: string): ReadonlySet<number> | undefined {
  const cores = new Set<number>();
  for (const part of text.trim().split(",")) {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined) return undefined;
    const end = Number(last ?? first);
    if (end > CORE_ID_MAX) return undefined;
    for (let id = Number(first); id <= end; id++) cores.add(id);
  }
  return cores;
}

/** Eight times what a kernel can be built for (NR_CPUS), so that no text makes a set that fills the memory. */
const CORE_ID_MAX = 65_535;
