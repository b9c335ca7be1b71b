import assert from "node:assert/strict";
import fc from "fast-check";
import { uncorrected } from "../../src/collect/amd_gpu.ts";
import type { GpuSample } from "../../src/collect/gpu_sample.ts";
import { SysfsGpuCollector } from "../../src/collect/sysfs_gpu.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { seedOf } from "../seed.ts";
import { valueOf } from "./readings.ts";
import { TemporaryTree } from "./trees.ts";

const GB = 2 ** 30;

/** Remembers what was read. */
class WatchedFiles extends TextFiles {
  readonly paths = new Set<string>();

  override read(path: string) {
    this.paths.add(path);
    return super.read(path);
  }

  override reread(path: string) {
    this.paths.add(path);
    return super.reread(path);
  }
}

/** A machine whose files and clock the test sets. */
class Machine implements Disposable {
  readonly tree = new TemporaryTree();
  readonly #files = new WatchedFiles();
  nowMs = 1000;
  readonly #collector = new SysfsGpuCollector({
    files: this.#files,
    sysRoot: this.tree.root,
    now: () => this.nowMs,
  });

  /** A card with 16 GB, if it is AMD's. */
  plug(number: number, address: string, vendor = "0x1002"): void {
    this.set(number, "device/vendor", vendor);
    this.set(number, "device/device", "0x740f");
    this.set(
      number,
      "device/uevent",
      `DRIVER=amdgpu\nPCI_SLOT_NAME=${address}\nMODALIAS=pci:v1`,
    );
    if (vendor !== "0x1002") return;
    this.set(number, "device/mem_info_vram_total", String(16 * GB));
    this.set(number, "device/mem_info_vram_used", String(GB));
    this.set(number, "device/gpu_busy_percent", "50");
  }

  set(number: number, file: string, text: string): void {
    this.tree.write(`class/drm/card${number}/${file}`, `${text}\n`);
  }

  unplug(number: number): void {
    this.tree.remove(`class/drm/card${number}`);
  }

  /** A second later. */
  read(): readonly GpuSample[] {
    this.nowMs += 1000;
    return valueOf(this.#collector.collect());
  }

  /** Names of files below the card's device that were read since the last time. */
  asked(number: number): string[] {
    const folder = `${this.tree.root}/class/drm/card${number}/device/`;
    const names = [...this.#files.paths].map((path) =>
      path.startsWith(folder) ? path.slice(folder.length) : path
    );
    this.#files.paths.clear();
    return names.sort();
  }

  /** The reading of the only card. */
  one(): GpuSample {
    const [sample, ...others] = this.read();
    assert.equal(others.length, 0);
    assert.ok(sample !== undefined, "there is no card");
    return sample;
  }

  ids(): Record<string, number> {
    return Object.fromEntries(
      this.read().map(({ uuid, deviceId }) => [uuid, deviceId]),
    );
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
    this.tree[Symbol.dispose]();
  }
}

/** Long enough for temperature and power to be read anew. */
function readHeat(machine: Machine): GpuSample {
  let sample = machine.one();
  for (let i = 0; i < 5; i++) sample = machine.one();
  return sample;
}

Deno.test("a machine without graphics has no GPUs, and that is no fault", () => {
  using machine = new Machine();
  assert.deepEqual(machine.read(), []);
});

Deno.test("NVIDIA's cards, other makers', connectors, render nodes, and what is not on a PCI bus are left out", () => {
  using machine = new Machine();
  for (const node of ["card3-DP-1", "renderD128"]) {
    machine.tree.write(`class/drm/${node}/device/vendor`, "0x8086\n");
    machine.tree.write(
      `class/drm/${node}/device/uevent`,
      "PCI_SLOT_NAME=0000:00:02.0\n",
    );
  }
  machine.plug(0, "0000:01:00.0", "0x10de");
  machine.plug(1, "0000:02:00.0", "0x1a03");
  machine.set(2, "device/vendor", "0x1002");
  machine.set(2, "device/uevent", "DRIVER=vgem");
  assert.deepEqual(machine.read(), []);
});

Deno.test("where several makers have GPUs on the bus, each counts from a number of its own", () => {
  using machine = new Machine();
  machine.plug(0, "0000:41:00.0");
  machine.plug(1, "0000:0a:00.0");
  assert.deepEqual(machine.ids(), { "0000:0a:00.0": 0, "0000:41:00.0": 1 });
  machine.tree.write("bus/pci/devices/x/vendor", "0x10de\n");
  machine.tree.write("bus/pci/devices/x/class", "0x030200\n");
  machine.plug(2, "10000:01:00.0", "0x8086");
  machine.plug(3, "8000:00:02.0", "0x8086");
  machine.nowMs += 60_000;
  assert.deepEqual(machine.ids(), {
    "0000:0a:00.0": 100,
    "0000:41:00.0": 101,
    "8000:00:02.0": 200,
    "10000:01:00.0": 201,
  });
});

Deno.test("a card that is gone is gone from the next reading, and one that comes is there within a minute", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.plug(1, "0000:04:00.0");
  assert.equal(machine.read().length, 2);
  machine.unplug(0);
  assert.deepEqual(machine.ids(), { "0000:04:00.0": 0 });
  machine.plug(0, "0000:03:00.0");
  assert.equal(machine.read().length, 1);
  machine.nowMs += 60_000;
  assert.equal(machine.read().length, 2);
});

Deno.test("a card whose memory can't be read is not told, and the others keep their numbers", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.plug(1, "0000:04:00.0");
  machine.set(0, "device/mem_info_vram_used", "");
  assert.deepEqual(machine.ids(), { "0000:04:00.0": 1 });
});

Deno.test("use that can't be read is not told, and the card is", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  assert.equal(machine.one().usedPct, 50);
  for (const text of ["", "101", "-1", "busy"]) {
    machine.set(0, "device/gpu_busy_percent", text);
    assert.equal(machine.one().usedPct, undefined, text);
  }
});

Deno.test("use and memory are read every second, temperature and power every few seconds", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.set(0, "device/hwmon/hwmon0/temp1_input", "40000");
  machine.set(0, "device/hwmon/hwmon0/power1_input", "100000000");
  assert.equal(machine.one().temperatureC, 40);
  machine.set(0, "device/hwmon/hwmon0/temp1_input", "90000");
  machine.set(0, "device/hwmon/hwmon0/power1_input", "250000000");
  machine.set(0, "device/mem_info_vram_used", String(3 * GB));
  machine.set(0, "device/gpu_busy_percent", "99");
  const [second, ...later] = Array.from({ length: 5 }, () => machine.one());
  assert.equal(second?.memoryUsedBytes, 3 * GB);
  assert.equal(second?.usedPct, 99);
  assert.equal(later.at(-1)?.temperatureC, 90);
  assert.equal(later.at(-1)?.powerW, 250);
});

Deno.test("what hardly changes is read again within a minute", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.set(0, "device/hwmon/hwmon0/power1_cap", "300000000");
  machine.set(0, "device/ras/umc_err_count", "ue: 0\nce: 4");
  assert.equal(machine.one().powerLimitW, 300);
  machine.set(0, "device/hwmon/hwmon0/power1_cap", "0");
  machine.set(0, "device/ras/umc_err_count", "ue: 7\nce: 4");
  machine.nowMs += 60_000;
  assert.equal(machine.one().powerLimitW, undefined);
  assert.equal(machine.one().eccErrors, 7);
});

Deno.test("of several thermometers the one nearest to its limit is told; readings that can't be are left out", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  const heat = (sensors: Record<string, string>) => {
    for (const [name, text] of Object.entries(sensors)) {
      machine.set(0, `device/hwmon/hwmon2/${name}`, text);
    }
    const { temperatureC, temperatureLimitC } = readHeat(machine);
    return [temperatureC, temperatureLimitC];
  };
  // What there is of sensors is found once.
  machine.set(0, "device/hwmon/hwmon2/temp1_crit", "100000");
  machine.set(0, "device/hwmon/hwmon2/temp2_emergency", "115000");
  machine.set(0, "device/hwmon/hwmon2/temp3_crit", "0");
  machine.set(0, "device/hwmon/hwmon2/temp3_input", "99000");
  machine.set(0, "device/hwmon/hwmon2/temp2_input", "0");
  assert.deepEqual(heat({ temp1_input: "80000" }), [80, 100]);
  assert.deepEqual(heat({ temp2_input: "96000" }), [96, 115]);
  assert.deepEqual(heat({ temp1_input: "82000" }), [82, 100]);
  assert.deepEqual(heat({ temp1_input: "511000", temp2_input: "-1" }), [
    99,
    undefined,
  ]);
  assert.deepEqual(heat({ temp3_input: "" }), [undefined, undefined]);
});

Deno.test("a card that sleeps is told as idle, and nothing that would wake it is read", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.set(0, "device/power/runtime_status", "suspended");
  machine.set(0, "device/hwmon/hwmon0/temp1_input", "40000");
  machine.set(0, "device/hwmon/hwmon0/power1_cap", "300000000");
  const asleep = machine.one();
  assert.equal(asleep.usedPct, 0);
  assert.equal(asleep.memoryTotalBytes, 16 * GB);
  assert.equal(asleep.name, "AMD Instinct MI210");
  assert.equal(asleep.temperatureC, undefined);
  assert.equal(asleep.powerLimitW, undefined);
  // What the kernel keeps of the card, and what amdgpu answers from its own books.
  assert.deepEqual(machine.asked(0), [
    "device",
    "mem_info_vram_total",
    "mem_info_vram_used",
    "power/runtime_status",
    "product_name",
    "uevent",
    "unique_id",
    "vendor",
  ]);
  machine.set(0, "device/power/runtime_status", "active");
  const awake = machine.one();
  assert.equal(awake.usedPct, 50);
  assert.equal(awake.temperatureC, 40);
  machine.nowMs += 60_000;
  assert.equal(machine.one().powerLimitW, 300);
  machine.set(0, "device/power/runtime_status", "suspended");
  machine.nowMs += 60_000;
  machine.asked(0);
  const again = machine.one();
  assert.ok(!machine.asked(0).some((name) => /hwmon|ras|busy/.test(name)));
  assert.equal(again.temperatureC, undefined);
  assert.equal(again.powerLimitW, 300);
});

/** In which of so many seconds the card itself was asked, counted from 1. */
function secondsAsked(machine: Machine, seconds: number): number[] {
  machine.asked(0);
  return Array.from({ length: seconds }, (_, index) => {
    machine.one();
    return machine.asked(0).some((name) => /busy|hwmon/.test(name))
      ? index + 1
      : 0;
  }).filter((second) => second > 0);
}

Deno.test("a card that may sleep and does nothing is left alone for long enough to fall asleep", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.set(0, "device/power/runtime_status", "active");
  machine.set(0, "device/power/control", "auto");
  machine.set(0, "device/gpu_busy_percent", "0");
  machine.set(0, "device/hwmon/hwmon0/temp1_input", "40000");
  const first = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  assert.deepEqual(secondsAsked(machine, 55), [...first, 31, 51]);
  assert.equal(machine.one().usedPct, 0);
  // Work that comes needs memory.
  machine.set(0, "device/mem_info_vram_used", String(2 * GB));
  machine.set(0, "device/gpu_busy_percent", "70");
  assert.equal(machine.one().usedPct, 70);
  machine.set(0, "device/gpu_busy_percent", "0");
  assert.equal(secondsAsked(machine, 40).length, 12);
});

Deno.test("a card that rests again and again without sleeping tells its heat of the last time that it was asked", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.set(0, "device/power/control", "auto");
  machine.set(0, "device/gpu_busy_percent", "0");
  machine.set(0, "device/hwmon/hwmon0/temp1_input", "70000");
  secondsAsked(machine, 12);
  machine.set(0, "device/hwmon/hwmon0/temp1_input", "40000");
  assert.equal(machine.one().temperatureC, 70);
  secondsAsked(machine, 20);
  assert.equal(machine.one().temperatureC, 40);
});

Deno.test("a card that may not sleep, or works, is asked every second", () => {
  for (const [control, busy] of [["on", "0"], ["auto", "3"]] as const) {
    using machine = new Machine();
    machine.plug(0, "0000:03:00.0");
    machine.set(0, "device/power/control", control);
    machine.set(0, "device/gpu_busy_percent", busy);
    assert.equal(secondsAsked(machine, 40).length, 40, control);
  }
});

Deno.test("a card that was woken from sleep is asked at once", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.set(0, "device/power/control", "auto");
  machine.set(0, "device/gpu_busy_percent", "0");
  secondsAsked(machine, 15);
  machine.set(0, "device/power/runtime_status", "suspended");
  assert.deepEqual(secondsAsked(machine, 3), []);
  machine.set(0, "device/power/runtime_status", "active");
  machine.set(0, "device/gpu_busy_percent", "80");
  assert.equal(machine.one().usedPct, 80);
});

Deno.test("an Intel card is told its use again after it was left alone", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0", "0x8086");
  machine.set(0, "device/power/control", "auto");
  let idleMs = 1000;
  const idle = (ms: number) => {
    idleMs += ms;
    const file = "device/tile0/gt0/gtidle/idle_residency_ms";
    machine.set(0, file, String(idleMs));
    return machine.one().usedPct;
  };
  const uses = Array.from({ length: 15 }, () => idle(1000));
  assert.deepEqual(new Set(uses), new Set([undefined, 0]));
  const busy = Array.from({ length: 25 }, () => idle(200));
  assert.deepEqual(busy.slice(0, 5), [0, 0, 0, 0, 0]);
  assert.equal(busy.at(-1), 80);
});

Deno.test("a card on its way to sleep is not called back", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.set(0, "device/power/runtime_status", "suspending");
  assert.equal(machine.one().usedPct, 0);
  assert.ok(!machine.asked(0).some((name) => /hwmon|ras|busy/.test(name)));
});

Deno.test("sensors that a driver shows anew in another folder are found within a minute", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0");
  machine.set(0, "device/hwmon/hwmon2/temp1_input", "40000");
  assert.equal(readHeat(machine).temperatureC, 40);
  machine.tree.remove("class/drm/card0/device/hwmon/hwmon2");
  machine.set(0, "device/hwmon/hwmon7/temp1_input", "50000");
  assert.equal(readHeat(machine).temperatureC, undefined);
  machine.nowMs += 60_000;
  assert.equal(readHeat(machine).temperatureC, 50);
});

Deno.test("a card whose driver is unloaded is gone, though its device is still on the bus", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0", "0x8086");
  machine.one();
  machine.asked(0);
  machine.one();
  // The device's own files stay readable through what is kept open.
  assert.ok(!machine.asked(0).includes("vendor"));
  machine.tree.remove("class/drm/card0");
  assert.deepEqual(machine.read(), []);
});

Deno.test("the use of an Intel card is the time in which its busiest part was not asleep", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0", "0x8086");
  const idle = (gt: number, ms: string) =>
    machine.set(0, `device/tile0/gt${gt}/gtidle/idle_residency_ms`, ms);
  idle(0, "5000");
  idle(1, "9000");
  assert.equal(machine.one().usedPct, undefined);
  idle(0, "5250");
  idle(1, "10000");
  assert.equal(machine.one().usedPct, 75);
  idle(0, "6260");
  idle(1, "11000");
  assert.equal(machine.one().usedPct, 0);
  idle(0, "10");
  idle(1, "");
  assert.equal(machine.one().usedPct, undefined);
  idle(0, "1010");
  assert.equal(machine.one().usedPct, 0);
  // Longer than the card may have been watched.
  machine.nowMs += 20_000;
  assert.equal(machine.one().usedPct, undefined);
});

Deno.test("an Intel card whose counter of sleep does not run has no use", () => {
  using machine = new Machine();
  machine.plug(0, "0000:00:02.0", "0x8086");
  machine.set(0, "power/rc6_residency_ms", "0");
  machine.one();
  assert.equal(machine.one().usedPct, undefined);
  machine.set(0, "power/rc6_residency_ms", "100");
  machine.one();
  machine.set(0, "power/rc6_residency_ms", "600");
  assert.equal(machine.one().usedPct, 50);
});

Deno.test("an Intel card's power is what its energy grew by", () => {
  using machine = new Machine();
  machine.plug(0, "0000:03:00.0", "0x8086");
  const energy = (joules: number) =>
    machine.set(0, "device/hwmon/hwmon0/energy1_input", `${joules * 1e6}`);
  energy(1000);
  const first = machine.one();
  assert.equal(first.powerW, undefined);
  // Temperature and power are read at every fifth reading.
  let power: number | undefined;
  for (let second = 1; second <= 10 && power === undefined; second++) {
    energy(1000 + 120 * second);
    power = machine.one().powerW;
  }
  assert.equal(power, 120);
  energy(5);
  assert.equal(readHeat(machine).powerW, undefined);
});

Deno.test("an Intel card tells memory where its driver does", () => {
  using machine = new Machine();
  machine.plug(0, "0000:3a:00.0", "0x8086");
  machine.set(0, "lmem_total_bytes", String(48 * GB));
  machine.set(0, "lmem_avail_bytes", String(40 * GB));
  const { memoryUsedBytes, memoryTotalBytes } = machine.one();
  assert.deepEqual([memoryUsedBytes, memoryTotalBytes], [8 * GB, 48 * GB]);
  machine.set(0, "lmem_avail_bytes", "");
  assert.deepEqual(machine.read(), []);
});

for (
  const [driver, status, reason] of [
    ["i915", "gt/gt0/throttle_reason_status", "gt/gt0/throttle_reason_"],
    [
      "xe",
      "device/tile0/gt0/freq0/throttle/status",
      "device/tile0/gt0/freq0/throttle/reason_",
    ],
  ] as const
) {
  Deno.test(`${driver} says why a card is slow; only heat counts as throttled`, () => {
    using machine = new Machine();
    machine.plug(0, "0000:03:00.0", "0x8086");
    machine.set(0, status, "0");
    for (const name of ["pl1", "thermal", "vr_thermalert"]) {
      machine.set(0, `${reason}${name}`, name === "pl1" ? "1" : "0");
    }
    assert.deepEqual(machine.one().throttleReasons, []);
    machine.set(0, status, "1");
    const capped = readHeat(machine);
    assert.deepEqual(capped.throttleReasons, ["pl1"]);
    assert.equal(capped.isThrottled, false);
    machine.set(0, `${reason}thermal`, "1");
    const hot = readHeat(machine);
    assert.deepEqual(hot.throttleReasons, ["pl1", "thermal"]);
    assert.equal(hot.isThrottled, true);
  });
}

Deno.test("errors are counted where the driver does", () => {
  assert.equal(uncorrected("ue: 12\nce: 3"), 12);
  assert.equal(uncorrected("ce: 3"), undefined);
  assert.equal(uncorrected(undefined), undefined);
});

Deno.test("whatever the files hold, what is told is within its bounds", () => {
  const text = fc.oneof(
    fc.integer().map(String),
    fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String),
    fc.string({ maxLength: 12 }),
  );
  const names = [
    "device/gpu_busy_percent",
    "device/mem_info_vram_used",
    "device/mem_info_vram_total",
    "device/hwmon/hwmon0/temp1_input",
    "device/hwmon/hwmon0/temp1_crit",
    "device/hwmon/hwmon0/power1_average",
    "device/hwmon/hwmon0/power1_cap",
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), text), (values) => {
      using machine = new Machine();
      machine.plug(0, "0000:03:00.0");
      for (const [name, value] of Object.entries(values)) {
        machine.set(0, name, value);
      }
      for (const sample of machine.read()) {
        const { usedPct = 0, temperatureC = 50, powerW = 0 } = sample;
        assert.ok(usedPct >= 0 && usedPct <= 100);
        assert.ok(temperatureC > 0 && temperatureC <= 200);
        assert.ok(powerW >= 0);
        assert.ok(sample.memoryUsedBytes >= 0);
        assert.ok(sample.memoryUsedBytes <= sample.memoryTotalBytes);
      }
    }),
    { seed: seedOf("sysfs gpu"), numRuns: 200 },
  );
});
