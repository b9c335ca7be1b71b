/** Every call of NVML with every answer, against the fake, loaded as the real one is. */
import assert from "node:assert/strict";
import {
  type Nvml,
  NVML_ERRORS,
  NVML_NO_ANSWER,
  type NvmlAnswer,
} from "../../ffi/nvml_api.ts";
import { makeFakeNvml, nvmlTest } from "./fake_nvml.ts";
import { beginFake, NVML_CALLS, openFake, valueOf } from "./nvml_calls.ts";
import { fakeCard, type NvmlScript } from "./nvml_script.ts";

const GIB = 2 ** 30;
const WORLD: NvmlScript = {
  driver: "570.124.06",
  devices: [
    fakeCard(0, {
      usedPct: 100,
      isMigEnabled: true,
      instances: [undefined, {
        name: "NVIDIA Fake 80GB MIG 3g.40gb",
        uuid: "MIG-11111111-2222-3333-4444-555555555555",
        memory: { totalBytes: 40 * GIB, freeBytes: 39 * GIB },
      }, {}],
    }),
    fakeCard(1),
  ],
};

/** The same with an instance at 0, so that no call is without a value. */
const FULL: NvmlScript = {
  ...WORLD,
  devices: [fakeCard(0, { instances: [{}] })],
};

nvmlTest(
  "a device tells everything in the units that are promised",
  async () => {
    using fake = makeFakeNvml({
      ...WORLD,
      devices: [
        fakeCard(0),
        fakeCard(1, {
          powerW: 119.5,
          throttleReasons: 0x8000_0000_0044,
          eccErrors: 2 ** 40,
          marginC: -4,
          computeMode: 3,
          memory: { totalBytes: 180 * GIB, freeBytes: 0 },
        }),
      ],
    });
    const { nvml } = await beginFake(fake);
    assert.equal(valueOf(await nvml.driverVersion()), "570.124.06");
    assert.equal(valueOf(await nvml.deviceCount()), 2);
    const device = valueOf(await nvml.device(1));
    assert.equal(valueOf(await nvml.name(device)), "NVIDIA Fake 80GB");
    assert.equal(
      valueOf(await nvml.uuid(device)),
      "GPU-00000000-0000-0000-0000-000000000001",
    );
    assert.equal(valueOf(await nvml.utilization(device)), 11);
    assert.deepEqual(valueOf(await nvml.memory(device)), {
      totalBytes: 180 * GIB,
      freeBytes: 0,
    });
    assert.equal(valueOf(await nvml.temperature(device)), 41);
    assert.equal(valueOf(await nvml.slowdownTemperature(device)), 92);
    assert.equal(valueOf(await nvml.temperatureMargin(device)), -4);
    assert.equal(valueOf(await nvml.powerDraw(device)), 119.5);
    assert.equal(valueOf(await nvml.powerLimit(device)), 700);
    assert.equal(valueOf(await nvml.throttleReasons(device)), 0x8000_0000_0044);
    assert.equal(valueOf(await nvml.eccErrors(device)), 2 ** 40);
    assert.equal(valueOf(await nvml.computeMode(device)), 3);
    assert.equal(valueOf(await nvml.isMigEnabled(device)), false);
    assert.equal(valueOf(await nvml.migDeviceCountMax(device)), 7);
    assert.equal(valueOf(await nvml.shutdown()), undefined);
    nvml.close();
  },
);

nvmlTest(
  "an instance of MIG is a device of its own, and an empty place is not found",
  async () => {
    using fake = makeFakeNvml(WORLD);
    const { nvml, device } = await beginFake(fake);
    assert.equal(valueOf(await nvml.isMigEnabled(device)), true);
    const instance = valueOf(await nvml.migDevice(device, 1));
    assert.match(valueOf(await nvml.uuid(instance)), /^MIG-/);
    assert.equal(valueOf(await nvml.memory(instance)).totalBytes, 40 * GIB);
    assert.equal(codeOf(await nvml.utilization(instance)), "NOT_SUPPORTED");
    assert.equal(codeOf(await nvml.migDevice(device, 0)), "NOT_FOUND");
    assert.equal(codeOf(await nvml.migDevice(device, 9)), "INVALID_ARGUMENT");
    nvml.close();
  },
);

nvmlTest(
  "the newest of each function is called, one at a time, and no other",
  async () => {
    using fake = makeFakeNvml(FULL);
    const { nvml, device } = await beginFake(fake);
    const before = fake.calls().length;
    await Promise.all(NVML_CALLS.map(({ make }) => make(nvml, device)));
    const made = fake.calls().slice(before).map((line) => line.split(" "));
    assert.deepEqual(
      made.map(([symbol]) => symbol),
      NVML_CALLS.map(({ symbol }) => symbol),
    );
    assert.ok(
      !made.some((words) => words.includes("OVERLAP")),
      made.join("\n"),
    );
    nvml.close();
  },
);

nvmlTest(
  "every return code of every call comes with its number and its name, one without a name too",
  async () => {
    using fake = makeFakeNvml(FULL);
    const { nvml, device } = await beginFake(fake);
    const codes = [
      ...Object.entries(NVML_ERRORS),
      ["a code without a name", 777] as const,
      ["a code without a name", 0xffff_ffff] as const,
    ];
    for (const [name, code] of codes) {
      fake.write({ ...FULL, returns: [{ of: "*", code }] });
      for (const { make, symbol, older } of NVML_CALLS) {
        const answer = await make(nvml, device);
        assert.ok(answer.kind === "fault", symbol);
        assert.equal(answer.code, code);
        assert.ok(
          [symbol, older].some((symbol) =>
            answer.reason === `${symbol}: ${name} (${code})`
          ),
          answer.reason,
        );
        assert.notEqual(answer.code, NVML_NO_ANSWER);
      }
    }
    fake.write(FULL);
    valueOf(await nvml.memory(device));
    nvml.close();
  },
);

nvmlTest(
  "an answer that can't be does not get through, of no call",
  async () => {
    using fake = makeFakeNvml({ ...FULL, garbage: [{ of: "*" }] });
    fake.write(FULL);
    const { nvml, device } = await beginFake(fake);
    fake.write({ ...FULL, garbage: [{ of: "*" }] });
    for (const { make, symbol, hasValue } of NVML_CALLS) {
      if (!hasValue) continue;
      const answer = await make(nvml, device);
      assert.ok(answer.kind === "fault", symbol);
      assert.equal(answer.code, NVML_ERRORS.UNKNOWN);
      assert.match(
        answer.reason,
        new RegExp(`^${symbol}: an impossible answer, 0x[0-9a-f]{48}$`),
      );
    }
    nvml.close();
  },
);

const IMPOSSIBLE: readonly [string, Parameters<typeof fakeCard>[1], Ask][] = [
  [
    "utilization above 100 %",
    { usedPct: 101 },
    (nvml, device) => nvml.utilization(device),
  ],
  ["more memory free than there is", {
    memory: { totalBytes: 5, freeBytes: 6 },
  }, (nvml, device) => nvml.memory(device)],
  [
    "a temperature of the sun",
    { temperatureC: 5772 },
    (nvml, device) => nvml.temperature(device),
  ],
  [
    "a slowdown temperature of all bits",
    { slowdownC: -1 },
    (nvml, device) => nvml.slowdownTemperature(device),
  ],
  [
    "a margin that no card has",
    { marginC: -1000 },
    (nvml, device) => nvml.temperatureMargin(device),
  ],
  [
    "the power of a town",
    { powerW: 200_000 },
    (nvml, device) => nvml.powerDraw(device),
  ],
  [
    "errors beyond what a number holds",
    { eccErrors: -2 },
    (nvml, device) => nvml.eccErrors(device),
  ],
  [
    "an unknown compute mode",
    { computeMode: 4 },
    (nvml, device) => nvml.computeMode(device),
  ],
  ["more instances than a card can have", { migDeviceCountMax: 100_000 }, (
    nvml,
    device,
  ) => nvml.migDeviceCountMax(device)],
  [
    "a name that is no text",
    { name: "NVIDIA\u0007" },
    (nvml, device) => nvml.name(device),
  ],
];

nvmlTest("values outside of what the world allows are faults", async () => {
  using fake = makeFakeNvml(WORLD);
  const { nvml, device } = await beginFake(fake);
  for (const [what, changes, ask] of IMPOSSIBLE) {
    fake.write({ devices: [fakeCard(0, changes)] });
    const answer = await ask(nvml, device);
    assert.ok(answer.kind === "fault", what);
    assert.match(answer.reason, /an impossible answer/);
  }
  nvml.close();
});

nvmlTest("values at the edges get through", async () => {
  using fake = makeFakeNvml({
    devices: [fakeCard(0, {
      usedPct: 0,
      memory: { totalBytes: 0, freeBytes: 0 },
      temperatureC: -20,
      powerW: 0,
      name: "x".repeat(95),
    })],
  });
  const { nvml, device } = await beginFake(fake);
  assert.equal(valueOf(await nvml.utilization(device)), 0);
  assert.equal(valueOf(await nvml.memory(device)).totalBytes, 0);
  assert.equal(valueOf(await nvml.temperature(device)), -20);
  assert.equal(valueOf(await nvml.powerDraw(device)), 0);
  assert.equal(valueOf(await nvml.name(device)).length, 95);
  fake.write({ devices: [fakeCard(0, { name: "x".repeat(96) })] });
  assert.equal(codeOf(await nvml.name(device)), "INSUFFICIENT_SIZE");
  nvml.close();
});

nvmlTest(
  "an old driver is asked by the first form of each function, and what it never had is not found",
  async () => {
    using fake = makeFakeNvml(FULL, { variant: "old" });
    const { nvml, device } = await beginFake(fake);
    for (const { make, symbol, isNew } of NVML_CALLS) {
      const answer = await make(nvml, device);
      if (isNew) assert.equal(codeOf(answer), "FUNCTION_NOT_FOUND", symbol);
      else assert.equal(answer.kind, "ok", symbol);
    }
    nvml.close();
  },
);

nvmlTest(
  "a newer function that does not work gives way to the older one, which is called at once from then on",
  async () => {
    const pairs = NVML_CALLS.filter(({ older }) => older !== undefined);
    assert.equal(pairs.length, 5);
    for (const code of [3, 13, 25, 26]) {
      using fake = makeFakeNvml(FULL);
      const { nvml, device } = await beginFake(fake);
      for (const { symbol, make, older = "" } of pairs) {
        fake.write({ ...FULL, returns: [{ of: symbol, code }] });
        const before = fake.calls().length;
        valueOf(await make(nvml, device));
        valueOf(await make(nvml, device));
        assert.deepEqual(
          fake.calls().slice(before).map((line) => line.split(" ")[0]),
          [symbol, older, older],
        );
      }
      nvml.close();
    }
  },
);

nvmlTest(
  "a newer function that fails for another reason is believed",
  async () => {
    using fake = makeFakeNvml({
      ...FULL,
      returns: [{ of: "nvmlInit_v2", code: NVML_ERRORS.DRIVER_NOT_LOADED }],
    });
    const nvml = openFake(fake);
    assert.equal(codeOf(await nvml.init()), "DRIVER_NOT_LOADED");
    assert.deepEqual(fake.calls(), ["nvmlInit_v2"]);
    nvml.close();
  },
);

nvmlTest(
  "a card that fell off the bus says so, and the others go on",
  async () => {
    using fake = makeFakeNvml(WORLD);
    const { nvml, device } = await beginFake(fake);
    const other = valueOf(await nvml.device(1));
    fake.write({ ...WORLD, lost: [0] });
    for (const { make, symbol } of NVML_CALLS.slice(4)) {
      assert.equal(codeOf(await make(nvml, device)), "GPU_IS_LOST", symbol);
    }
    assert.equal(valueOf(await nvml.utilization(other)), 11);
    nvml.close();
  },
);

nvmlTest(
  "without a beginning and after the end there is only UNINITIALIZED",
  async () => {
    using fake = makeFakeNvml(WORLD);
    const nvml = openFake(fake);
    assert.equal(codeOf(await nvml.deviceCount()), "UNINITIALIZED");
    valueOf(await nvml.init());
    assert.equal(valueOf(await nvml.deviceCount()), 2);
    nvml.close();
    nvml.close();
    const closed = await nvml.deviceCount();
    assert.equal(codeOf(closed), "UNINITIALIZED");
    assert.match(closed.kind === "fault" ? closed.reason : "", /is closed$/);
  },
);

type Ask = (nvml: Nvml, device: bigint) => Promise<NvmlAnswer<unknown>>;

/** The name of a fault's code. */
function codeOf(answer: NvmlAnswer<unknown>): string {
  if (answer.kind === "ok") return `ok: ${answer.value}`;
  const found = Object.entries(NVML_ERRORS).find(([, code]) =>
    code === answer.code
  );
  return found?.[0] ?? String(answer.code);
}
