/**
 * Names of graphics cards by the numbers on the PCI bus: those that do the work of servers, since drivers name few cards
 * themselves. Source: the PCI ID Repository (pci.ids).
 */
import type { SysfsVendor } from "./drm_card.ts";

const MODELS: Readonly<Record<SysfsVendor, Readonly<Record<string, string>>>> =
  {
    amd: {
      "0x738c": "AMD Instinct MI100",
      "0x7408": "AMD Instinct MI250X",
      "0x740c": "AMD Instinct MI250X/MI250",
      "0x740f": "AMD Instinct MI210",
      "0x74a0": "AMD Instinct MI300A",
      "0x74a1": "AMD Instinct MI300X",
      "0x74a2": "AMD Instinct MI308X",
      "0x74a5": "AMD Instinct MI325X",
      "0x75a0": "AMD Instinct MI350X",
      "0x75a3": "AMD Instinct MI355X",
      "0x7448": "AMD Radeon Pro W7900",
      "0x744c": "AMD Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M",
      "0x7551": "AMD Radeon AI PRO R9700",
    },
    intel: {
      "0x0b69": "Intel Data Center GPU Max 1450",
      "0x0bd5": "Intel Data Center GPU Max 1550",
      "0x0bd6": "Intel Data Center GPU Max 1550",
      "0x0bd9": "Intel Data Center GPU Max 1100",
      "0x0bda": "Intel Data Center GPU Max 1100",
      "0x0bdb": "Intel Data Center GPU Max 1100",
      "0x56a5": "Intel Arc A380",
      "0x56c0": "Intel Data Center GPU Flex 170",
      "0x56c1": "Intel Data Center GPU Flex 140",
      "0xe20b": "Intel Arc B580",
      "0xe211": "Intel Arc Pro B60",
    },
  };

const MAKERS = { amd: "AMD", intel: "Intel" } as const;

/** The card's name, or its maker and number: "AMD GPU 0x15bf". */
export function modelName(vendor: SysfsVendor, model: string): string {
  return MODELS[vendor][model] ?? `${MAKERS[vendor]} GPU ${model}`.trim();
}
