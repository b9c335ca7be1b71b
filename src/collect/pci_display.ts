/**
 * Whose GPUs are on the PCI bus, whether or not a driver runs them. Owns no state.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci of the kernel; class codes of the PCI Code and ID Assignment
 * Specification: 03 display controllers, 12 00 processing accelerators (data-centre cards of AMD and Intel).
 */
import type { GpuVendor } from "./gpu_sample.ts";

const VENDORS: ReadonlyMap<string, GpuVendor> = new Map([
  ["0x10de", "nvidia"],
  ["0x1002", "amd"],
  ["0x8086", "intel"],
]);

/** VGA controller, 3D controller, other display controller, processing accelerator; without the programming interface. */
const CLASSES: readonly string[] = ["0x0300", "0x0302", "0x0380", "0x1200"];

/** The vendors that have a GPU on the bus, under "/sys" or a tree that looks like it; none where there is no such bus. */
export function displayVendors(sysRoot: string): ReadonlySet<GpuVendor> {
  const folder = `${sysRoot}/bus/pci/devices`;
  const vendors = new Set<GpuVendor>();
  for (const device of namesIn(folder)) {
    const isDisplay = CLASSES.includes(
      line(`${folder}/${device}/class`).slice(0, "0x0300".length),
    );
    const vendor = isDisplay
      ? VENDORS.get(line(`${folder}/${device}/vendor`))
      : undefined;
    if (vendor !== undefined) vendors.add(vendor);
  }
  return vendors;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** A device that goes while it is looked at has none. */
function line(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return "";
  }
}
