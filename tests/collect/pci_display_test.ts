import assert from "node:assert/strict";
import { displayVendors } from "../../src/collect/pci_display.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { type Files, TemporaryTree } from "./trees.ts";

function vendorsOf(devices: readonly (readonly [string, string])[]): string[] {
  const files: Record<string, string> = {};
  for (const [index, [vendor, pciClass]] of devices.entries()) {
    const folder = `bus/pci/devices/0000:0${index}:00.0`;
    files[`${folder}/vendor`] = `${vendor}\n`;
    files[`${folder}/class`] = `${pciClass}\n`;
  }
  return vendorsIn(files);
}

function vendorsIn(files: Files): string[] {
  using tree = new TemporaryTree(files);
  using reader = new TextFiles();
  return [...displayVendors(reader, tree.root)].sort();
}

Deno.test("vendors of display controllers and processing accelerators are found, each once", () => {
  assert.deepEqual(
    vendorsOf([
      ["0x10de", "0x030000"],
      ["0x10de", "0x030200"],
      ["0x1002", "0x120000"],
      ["0x8086", "0x038000"],
    ]),
    ["amd", "intel", "nvidia"],
  );
});

Deno.test("a vendor's other devices are no GPUs: sound, USB, NVLink bridges, network cards", () => {
  assert.deepEqual(
    vendorsOf([
      ["0x10de", "0x040300"],
      ["0x10de", "0x068000"],
      ["0x1002", "0x0c0330"],
      ["0x8086", "0x020000"],
    ]),
    [],
  );
});

Deno.test("other makers' displays and devices that tell nothing are passed over", () => {
  assert.deepEqual(vendorsOf([["0x1a03", "0x030000"]]), []);
  assert.deepEqual(
    vendorsIn({
      "bus/pci/devices/0000:00:02.0/class": "0x030000\n",
      "bus/pci/devices/0000:00:03.0/vendor": "0x10de\n",
    }),
    [],
  );
});

Deno.test("a machine without a PCI bus has none", () => {
  assert.deepEqual(vendorsIn({}), []);
});
