/** NVML in memory: a world of cards that a test changes, and every call that was made. */
import {
  type Nvml,
  NVML_ERRORS,
  type NvmlAnswer,
  type NvmlFault,
  type NvmlHandle,
} from "../../ffi/nvml_api.ts";
import type { FakeDevice, FakePlace } from "../ffi/nvml_script.ts";

/** A call that answers with that code; of one device, of one instance, or of all. */
export interface ScriptedFault {
  readonly of: keyof Nvml | "*";
  readonly code: number;
  readonly device?: number;
  readonly instance?: number;
}

/** What all libraries of a machine show. */
export interface NvmlWorld {
  devices: FakeDevice[];
  faults: ScriptedFault[];
  /** Calls wait for it. */
  gate: Promise<void>;
  /** As "memory 0", "memory 0.3" or "init". */
  readonly calls: string[];
  /** Calls that are out, and the most there have been at once. */
  out: number;
  outMax: number;
  /** Libraries that were opened and not closed. */
  opened: number;
  openings: number;
}

/** A world with these cards. */
export function nvmlWorld(devices: readonly FakeDevice[] = []): NvmlWorld {
  return {
    devices: [...devices],
    faults: [],
    gate: Promise.resolve(),
    calls: [],
    out: 0,
    outMax: 0,
    opened: 0,
    openings: 0,
  };
}

const PLACES = 1000n;

/** One opening of the library. Its handles are no other's. */
export class ScriptedNvml implements Nvml {
  readonly #world: NvmlWorld;
  readonly #epoch: bigint;
  #isBegun = false;
  #isClosed = false;

  constructor(world: NvmlWorld) {
    this.#world = world;
    this.#epoch = BigInt(++world.openings);
    world.opened++;
  }

  init(): Promise<NvmlAnswer<undefined>> {
    return this.#ask("init", undefined, () => {
      this.#isBegun = true;
      return ok(undefined);
    });
  }

  shutdown(): Promise<NvmlAnswer<undefined>> {
    return this.#begun("shutdown", () => {
      this.#isBegun = false;
      return ok(undefined);
    });
  }

  driverVersion(): Promise<NvmlAnswer<string>> {
    return this.#begun("driverVersion", () => ok("550.54"));
  }

  deviceCount(): Promise<NvmlAnswer<number>> {
    return this.#begun("deviceCount", () => ok(this.#world.devices.length));
  }

  device(index: number): Promise<NvmlAnswer<NvmlHandle>> {
    const handle = this.#handle(index, 0);
    return this.#at("device", handle, () => ok(handle));
  }

  name(device: NvmlHandle): Promise<NvmlAnswer<string>> {
    return this.#at("name", device, ({ name }) => told(name));
  }

  uuid(device: NvmlHandle): Promise<NvmlAnswer<string>> {
    return this.#at("uuid", device, ({ uuid }) => told(uuid));
  }

  utilization(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at("utilization", device, ({ usedPct }) => told(usedPct));
  }

  memory(device: NvmlHandle): ReturnType<Nvml["memory"]> {
    return this.#at("memory", device, ({ memory }) => told(memory));
  }

  temperature(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at("temperature", device, (place) => told(place.temperatureC));
  }

  slowdownTemperature(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at(
      "slowdownTemperature",
      device,
      (place) => told(place.slowdownC),
    );
  }

  temperatureMargin(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at(
      "temperatureMargin",
      device,
      (place) => told(place.marginC),
    );
  }

  powerDraw(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at("powerDraw", device, ({ powerW }) => told(powerW));
  }

  powerLimit(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at("powerLimit", device, (place) => told(place.powerLimitW));
  }

  throttleReasons(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at(
      "throttleReasons",
      device,
      (place) => told(place.throttleReasons),
    );
  }

  eccErrors(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at("eccErrors", device, (place) => told(place.eccErrors));
  }

  computeMode(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at("computeMode", device, (place) => told(place.computeMode));
  }

  isMigEnabled(device: NvmlHandle): Promise<NvmlAnswer<boolean>> {
    return this.#at(
      "isMigEnabled",
      device,
      (place) => told(place.isMigEnabled),
    );
  }

  migDeviceCountMax(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#at(
      "migDeviceCountMax",
      device,
      (place) => told(place.migDeviceCountMax),
    );
  }

  migDevice(
    device: NvmlHandle,
    index: number,
  ): Promise<NvmlAnswer<NvmlHandle>> {
    return this.#at("migDevice", device, (place) => {
      const { instances = [] } = place as FakeDevice;
      return instances[index] === undefined
        ? fault("migDevice", NVML_ERRORS.NOT_FOUND)
        : ok(device + BigInt(index + 1));
    });
  }

  close(): void {
    if (!this.#isClosed) this.#world.opened--;
    this.#isClosed = true;
  }

  #handle(device: number, place: number): NvmlHandle {
    return (this.#epoch * PLACES + BigInt(device)) * PLACES + BigInt(place);
  }

  #at<T>(
    call: keyof Nvml,
    handle: NvmlHandle,
    answer: (place: FakePlace) => NvmlAnswer<T>,
  ): Promise<NvmlAnswer<T>> {
    const device = Number(handle / PLACES % PLACES);
    const instance = Number(handle % PLACES) - 1;
    const at = instance < 0 ? { device } : { device, instance };
    return this.#begun(call, () => {
      const card = this.#world.devices[device];
      const place = instance < 0 ? card : card?.instances?.[instance];
      const isOurs = handle / PLACES / PLACES === this.#epoch;
      return place === undefined || !isOurs
        ? fault(call, NVML_ERRORS.INVALID_ARGUMENT)
        : answer(place);
    }, at);
  }

  #begun<T>(
    call: keyof Nvml,
    answer: () => NvmlAnswer<T>,
    at?: { readonly device: number; readonly instance?: number },
  ): Promise<NvmlAnswer<T>> {
    return this.#ask(
      call,
      at,
      () => this.#isBegun ? answer() : fault(call, NVML_ERRORS.UNINITIALIZED),
    );
  }

  async #ask<T>(
    call: keyof Nvml,
    at: { readonly device: number; readonly instance?: number } | undefined,
    answer: () => NvmlAnswer<T>,
  ): Promise<NvmlAnswer<T>> {
    const world = this.#world;
    if (this.#isClosed) throw new Error(`${call} of a closed library`);
    world.calls.push(
      at === undefined ? call : `${call} ${Object.values(at).join(".")}`,
    );
    world.outMax = Math.max(world.outMax, ++world.out);
    await world.gate;
    world.out--;
    const rule = world.faults.find((rule) =>
      (rule.of === "*" || rule.of === call) &&
      (rule.device === undefined || rule.device === at?.device) &&
      (rule.instance === undefined || rule.instance === at?.instance)
    );
    return rule === undefined ? answer() : fault(call, rule.code);
  }
}

function ok<T>(value: T): NvmlAnswer<T> {
  return { kind: "ok", value };
}

function told<T>(value: T | undefined): NvmlAnswer<T> {
  return value === undefined
    ? fault("value", NVML_ERRORS.NOT_SUPPORTED)
    : ok(value);
}

function fault(call: string, code: number): NvmlFault {
  return { kind: "fault", code, reason: `${call}: code ${code}` };
}
