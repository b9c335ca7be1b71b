/**
 * Whose GPUs are on the PCI bus, whether or not a driver runs them. Owns no state.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci of the kernel; class codes of the PCI Code and ID Assignment
 * Specification: 03 display controllers, 12 00 processing accelerators (data-centre cards of AMD and Intel).
 */
import type { GpuVendor } from "./gpu_sample.ts";
import { namesIn, readLine } from "./sysfs_values.ts";
import type { TextFiles } from "./text_files.ts";

/** Makers by their number on the bus. */
export const PCI_VENDORS: ReadonlyMap<string, GpuVendor> = new Map([
  ["0x10de", "nvidia"],
  ["0x1002", "amd"],
  ["0x8086", "intel"],
]);

/** VGA controller, 3D controller, other display controller, processing accelerator; without the programming interface. */
const CLASSES: readonly string[] = ["0x0300", "0x0302", "0x0380", "0x1200"];

/** The vendors that have a GPU on the bus, under "/sys" or a tree that looks like it; none where there is no such bus. */
export function displayVendors(
  files: TextFiles,
  sysRoot: string,
): ReadonlySet<GpuVendor> {
  const folder = `${sysRoot}/bus/pci/devices`;
  const vendors = new Set<GpuVendor>();
  for (const device of namesIn(folder, /./)) {
    const line = (name: string) =>
      readLine(files, `${folder}/${device}/${name}`) ?? "";
    const isDisplay = CLASSES.includes(
      line("class").slice(0, "0x0300".length),
    );
    const vendor = isDisplay ? PCI_VENDORS.get(line("vendor")) : undefined;
    if (vendor !== undefined) vendors.add(vendor);
  }
  return vendors;
}
