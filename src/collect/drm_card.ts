/**
 * Graphics cards as the kernel lists them under /sys/class/drm, and what their drivers tell, whoever made them. Owns no
 * state.
 */
import type { GpuVendor } from "./gpu_sample.ts";
import { PCI_VENDORS } from "./pci_display.ts";
import { namesIn, readLine } from "./sysfs_values.ts";
import type { TextFiles } from "./text_files.ts";

/** One card. */
export interface DrmCard {
  /** Its folder: /sys/class/drm/card0. */
  readonly folder: string;
  /** Its PCI address, such as 0000:03:00.0. */
  readonly address: string;
  readonly vendor: SysfsVendor;
  /** The maker's number for the model, such as 0x744c. */
  readonly model: string;
}

/** Makers whose drivers tell through files. NVIDIA's doesn't. */
export type SysfsVendor = Exclude<GpuVendor, "nvidia">;

/** What the driver of one card tells; it knows the files that this card has. */
export interface CardDriver {
  /** Bytes; undefined when they can't be read. Does not wake a card that sleeps: the driver keeps this account itself. */
  memory(): CardMemory | undefined;
  /** Percent since the last call. */
  usedPct(nowMs: number): number | undefined;
  heat(nowMs: number): CardHeat;
  /** Without those that only a card that is awake tells, if it is not. */
  facts(isAwake: boolean): CardFacts;
}

/** Memory of the card, bytes. */
export interface CardMemory {
  readonly usedBytes: number;
  readonly totalBytes: number;
}

/** What changes within seconds. */
export interface CardHeat {
  readonly temperatureC: number | undefined;
  readonly temperatureLimitC: number | undefined;
  readonly powerW: number | undefined;
  readonly isThrottled: boolean;
  readonly throttleReasons: readonly string[];
}

/** What hardly ever changes. */
export interface CardFacts {
  readonly name: string;
  readonly uuid: string;
  readonly powerLimitW: number | undefined;
  readonly eccErrors: number | undefined;
}

/** Heat of which nothing is known. */
export const NO_HEAT: CardHeat = {
  temperatureC: undefined,
  temperatureLimitC: undefined,
  powerW: undefined,
  isThrottled: false,
  throttleReasons: [],
};

/** What is read of a machine is bounded by this: four times the densest chassis sold. */
const CARDS_MAX = 64;

/** The cards of the makers that are read here, in the order of their addresses. Connectors and render nodes are no cards. */
export function drmCards(files: TextFiles, sysRoot: string): DrmCard[] {
  const folder = `${sysRoot}/class/drm`;
  return namesIn(folder, /^card\d+$/)
    .map((name) => cardOf(files, `${folder}/${name}`))
    .filter((card) => card !== undefined)
    .sort((a, b) => order(a) < order(b) ? -1 : 1)
    .slice(0, CARDS_MAX);
}

function cardOf(files: TextFiles, folder: string): DrmCard | undefined {
  const device = `${folder}/device`;
  const vendor = PCI_VENDORS.get(readLine(files, `${device}/vendor`) ?? "");
  const events = readLine(files, `${device}/uevent`) ?? "";
  const address = /^PCI_SLOT_NAME=(\S+)$/m.exec(events)?.[1];
  const isRead = vendor !== undefined && vendor !== "nvidia";
  if (!isRead || address === undefined) return undefined;
  const model = readLine(files, `${device}/device`) ?? "";
  return { folder, address, vendor, model };
}

/** Domains have four digits, or five behind a volume controller. */
function order({ address }: DrmCard): string {
  return address.padStart("10000:00:00.0".length, "0");
}
