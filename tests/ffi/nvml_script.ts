/** What the fake NVML plays, as data; tests/fixtures/nvml/fake_nvml.c says what each statement does. */

/** A world of devices and what goes wrong in it. */
export interface NvmlScript {
  /** The driver's version. */
  readonly driver?: string;
  /** By index from 0. */
  readonly devices?: readonly FakeDevice[];
  readonly returns?: readonly FakeReturn[];
  readonly hangs?: readonly FakeHang[];
  readonly garbage?: readonly FakeRule[];
  /** Indices of devices that fell off the bus. */
  readonly lost?: readonly number[];
}

/** What a device or a MIG instance tells. What is left out is NOT_SUPPORTED. */
export interface FakePlace {
  readonly name?: string;
  readonly uuid?: string;
  readonly usedPct?: number;
  readonly memory?: {
    readonly totalBytes: number;
    readonly freeBytes: number;
  };
  readonly temperatureC?: number;
  readonly slowdownC?: number;
  readonly marginC?: number;
  readonly powerW?: number;
  readonly powerLimitW?: number;
  readonly throttleReasons?: number;
  readonly eccErrors?: number;
  readonly computeMode?: number;
  readonly isMigEnabled?: boolean;
  readonly migDeviceCountMax?: number;
}

/** A device and its MIG instances by their index; an empty place is undefined. */
export interface FakeDevice extends FakePlace {
  readonly instances?: readonly (FakePlace | undefined)[];
}

/** A function by its symbol, with or without _v2, or "*"; of one device, of one instance, or of all. */
export interface FakeRule {
  readonly of: string;
  readonly device?: number;
  readonly instance?: number;
}

/** That return code instead of an answer. */
export interface FakeReturn extends FakeRule {
  readonly code: number;
}

/** Answers so late, or as soon as a script without this is written. */
export interface FakeHang extends FakeRule {
  readonly ms: number;
}

/** A healthy card that tells everything, and what is different about it. */
export function fakeCard(index: number, changes: FakeDevice = {}): FakeDevice {
  return {
    name: "NVIDIA Fake 80GB",
    uuid: `GPU-00000000-0000-0000-0000-${String(index).padStart(12, "0")}`,
    usedPct: 10 + index,
    memory: { totalBytes: 80 * 2 ** 30, freeBytes: 60 * 2 ** 30 },
    temperatureC: 40 + index,
    slowdownC: 92,
    marginC: 47 - index,
    powerW: 120,
    powerLimitW: 700,
    throttleReasons: 0,
    eccErrors: 0,
    computeMode: 0,
    isMigEnabled: false,
    migDeviceCountMax: 7,
    ...changes,
  };
}

/** As the fake reads it. */
export function scriptText(script: NvmlScript): string {
  return [
    ...line("driver", script.driver),
    ...(script.devices ?? []).flatMap((device) => [
      "device",
      ...placeLines(device),
      ...(device.instances ?? []).flatMap((instance, index) =>
        instance === undefined
          ? []
          : [`instance ${index}`, ...placeLines(instance)]
      ),
    ]),
    ...(script.returns ?? []).map((rule) =>
      `return ${rule.of} ${rule.code}${at(rule)}`
    ),
    ...(script.hangs ?? []).map((rule) =>
      `hang ${rule.of} ${rule.ms}${at(rule)}`
    ),
    ...(script.garbage ?? []).map((rule) => `garbage ${rule.of}${at(rule)}`),
    ...(script.lost ?? []).map((device) => `lost ${device}`),
    "",
  ].join("\n");
}

function placeLines(place: FakePlace): readonly string[] {
  const { memory } = place;
  return [
    ...line("name", place.name),
    ...line("uuid", place.uuid),
    ...line("utilization", place.usedPct),
    ...line("memory", memory && `${memory.totalBytes} ${memory.freeBytes}`),
    ...line("temperature", place.temperatureC),
    ...line("slowdown", place.slowdownC),
    ...line("margin", place.marginC),
    ...line("power", milliwatts(place.powerW)),
    ...line("power_limit", milliwatts(place.powerLimitW)),
    ...line("throttle", place.throttleReasons),
    ...line("ecc", place.eccErrors),
    ...line("compute_mode", place.computeMode),
    ...line(
      "mig",
      place.isMigEnabled === undefined ? undefined : Number(place.isMigEnabled),
    ),
    ...line("mig_max", place.migDeviceCountMax),
  ];
}

function line(word: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${word} ${value}`];
}

function milliwatts(watts: number | undefined): number | undefined {
  return watts === undefined ? undefined : Math.round(watts * 1000);
}

function at({ device, instance }: FakeRule): string {
  if (device === undefined) return "";
  return instance === undefined ? ` ${device}` : ` ${device}.${instance}`;
}
