/** Looks at one card as the driver shows it now: who it is and how it is divided. Owns no state. */
import {
  type Nvml,
  NVML_ERRORS,
  type NvmlAnswer,
  type NvmlFault,
  type NvmlHandle,
} from "../../ffi/nvml_api.ts";
import { sliceId } from "./gpu_sample.ts";
import { faultKind } from "./nvidia_fault.ts";

/** The most instances that are looked for on one card; NVIDIA's have up to 7. */
const INSTANCES_MAX = 16;

/** What a place without an instance answers. */
const EMPTY_CODES: readonly number[] = [
  NVML_ERRORS.NOT_FOUND,
  NVML_ERRORS.INVALID_ARGUMENT,
];

/** A card. */
export interface FoundCard {
  readonly handle: NvmlHandle;
  readonly name: string;
  /** Empty when it does not tell. */
  readonly uuid: string;
  /** What work can be given to: the card itself, or its instances while it is in MIG mode. */
  readonly devices: readonly FoundDevice[];
}

/** A card, or an instance of one. */
export interface FoundDevice {
  readonly deviceId: number;
  readonly handle: NvmlHandle;
  readonly name: string;
  readonly uuid: string;
  readonly isSlice: boolean;
}

/** The card with that index; a fault when it can't be had, or the library. */
export async function scanCard(
  nvml: Nvml,
  index: number,
): Promise<NvmlAnswer<FoundCard>> {
  const opened = await nvml.device(index);
  if (opened.kind === "fault") return opened;
  const handle = opened.value;
  const card = await namesOf(nvml, handle, "NVIDIA GPU");
  if (card.kind === "fault") return card;
  const isMig = orElse(await nvml.isMigEnabled(handle), false);
  if (isMig.kind === "fault") return isMig;
  const devices = isMig.value
    ? await instancesOf(nvml, index, { handle, ...card.value })
    : ok([{ deviceId: index, handle, ...card.value, isSlice: false }]);
  if (devices.kind === "fault") return devices;
  return ok({ handle, ...card.value, devices: devices.value });
}

async function instancesOf(
  nvml: Nvml,
  index: number,
  card: Names & { readonly handle: NvmlHandle },
): Promise<NvmlAnswer<FoundDevice[]>> {
  const places = await nvml.migDeviceCountMax(card.handle);
  if (places.kind === "fault") return places;
  const devices: FoundDevice[] = [];
  let obstacle: NvmlFault | undefined;
  for (let place = 0; place < Math.min(places.value, INSTANCES_MAX); place++) {
    const instance = await nvml.migDevice(card.handle, place);
    if (instance.kind === "fault") {
      if (faultKind(instance.code) !== "value") return instance;
      if (!EMPTY_CODES.includes(instance.code)) obstacle = instance;
      continue;
    }
    const handle = instance.value;
    const names = await namesOf(nvml, handle, `${card.name} MIG`);
    if (names.kind === "fault") return names;
    const deviceId = sliceId(index, place);
    devices.push({ deviceId, handle, ...names.value, isSlice: true });
  }
  // Whoever may use some instances need not be permitted to see the others.
  return devices.length === 0 && obstacle !== undefined
    ? obstacle
    : ok(devices);
}

interface Names {
  readonly name: string;
  readonly uuid: string;
}

async function namesOf(
  nvml: Nvml,
  handle: NvmlHandle,
  nameless: string,
): Promise<NvmlAnswer<Names>> {
  const name = orElse(await nvml.name(handle), nameless);
  if (name.kind === "fault") return name;
  const uuid = orElse(await nvml.uuid(handle), "");
  if (uuid.kind === "fault") return uuid;
  return ok({ name: name.value, uuid: uuid.value });
}

/** Stands in for a value that is not told; faults of more than the value stay. */
function orElse<T>(answer: NvmlAnswer<T>, fallback: T): NvmlAnswer<T> {
  return answer.kind === "fault" && faultKind(answer.code) === "value"
    ? ok(fallback)
    : answer;
}

function ok<T>(value: T): Exclude<NvmlAnswer<T>, NvmlFault> {
  return { kind: "ok", value };
}
