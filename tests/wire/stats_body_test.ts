import assert from "node:assert/strict";
import { statsBody } from "../../src/wire/stats_body.ts";
import { faults, REPORT, STATS, valid } from "./samples.ts";

Deno.test("a report that names everything is read field by field", () => {
  assert.deepEqual(valid(statsBody, STATS), {
    id: "node-1",
    hostname: "host-1",
    publicIp: "203.0.113.7",
    presence: { instance: undefined, isDraining: undefined },
    report: REPORT,
  });
});

Deno.test("a report with nothing but an id has no room in it", () => {
  const empty = { totalGb: 0, usedGb: 0, availableGb: 0 };
  assert.deepEqual(valid(statsBody, { client_id: "a" }), {
    id: "a",
    hostname: "",
    publicIp: "",
    presence: { instance: undefined, isDraining: undefined },
    report: {
      coreUsagePct: [],
      memory: empty,
      disk: empty,
      gpus: [],
      windowSeconds: undefined,
      windowFilledSeconds: undefined,
      shortWindow: undefined,
    },
  });
});

Deno.test("null is the same as absent for every field but the id", () => {
  const nulls = Object.fromEntries(
    Object.keys(STATS).map((field) => [field, null]),
  );
  assert.deepEqual(
    valid(statsBody, { ...nulls, client_id: "a" }),
    valid(statsBody, { client_id: "a" }),
  );
});

Deno.test("percentages that rounding moved out of 0 to 100 are moved back", () => {
  const usage = (...cpu_usage_avg: number[]) =>
    valid(statsBody, { ...STATS, cpu_usage_avg }).report.coreUsagePct;
  assert.deepEqual(usage(100.00000001, -1e-9, 400, 0, 100), [
    100,
    0,
    100,
    0,
    100,
  ]);
});

Deno.test("a report of a machine with more cores in the list than in the count goes by the list", () => {
  const message = { ...STATS, cpu_cores: 2, cpu_usage_avg: [1, 2, 3, 4] };
  const { report } = valid(statsBody, message);
  assert.deepEqual(report.coreUsagePct, [1, 2, 3, 4]);
});

Deno.test("nobody is promised more memory or disk than there is", () => {
  const { report } = valid(statsBody, {
    ...STATS,
    memory_total_gb: 16,
    memory_used_gb: 20,
    memory_avail_gb: 30,
    disk_total_gb: 0,
    disk_avail_gb: 5,
  });
  assert.deepEqual(report.memory, {
    totalGb: 16,
    usedGb: 16,
    availableGb: 16,
  });
  assert.equal(report.disk.availableGb, 0);
});

Deno.test("a GPU whose maker is not named is NVIDIA's, since the Go program reads no others", () => {
  const named = [undefined, null, "", "AMD"].map((vendor, device_id) => ({
    device_id,
    vendor,
  }));
  const { report } = valid(statsBody, { ...STATS, gpus: named });
  assert.deepEqual(
    report.gpus.map(({ vendor }) => vendor),
    ["nvidia", "nvidia", "nvidia", "amd"],
  );
});

Deno.test("what a GPU does not say is not known", () => {
  const { report } = valid(statsBody, { ...STATS, gpus: [{}] });
  const {
    temperatureLimitC,
    powerLimitW,
    isThrottled,
    throttleReasons,
    eccErrors,
    computeMode,
    isSlice,
    uuid,
  } = report.gpus[0] ?? {};
  assert.deepEqual(
    new Set([
      ...[temperatureLimitC, powerLimitW, isThrottled, throttleReasons],
      ...[eccErrors, computeMode, isSlice, uuid],
    ]),
    new Set([undefined]),
  );
});

Deno.test("a GPU can't use more VRAM than it has", () => {
  const gpu = { device_id: 3, memory_used_gb: 90, memory_total_gb: 80 };
  const { report } = valid(statsBody, { ...STATS, gpus: [gpu] });
  assert.equal(report.gpus[0]?.memoryUsedGb, 80);
  assert.equal(report.gpus[0]?.deviceId, 3);
});

Deno.test("timestamps with any fraction and any offset are timestamps", () => {
  for (
    const timestamp of [
      "",
      "2026-11-20T16:04:00Z",
      "2026-11-20T16:04:00.5Z",
      "2026-11-20T16:04:00.592354475+02:00",
      "0001-01-01T00:00:00Z",
    ]
  ) {
    assert.deepEqual(
      valid(statsBody, { ...STATS, timestamp }).report,
      REPORT,
    );
  }
});

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ["client_id", null, /must be a text, found null/],
  ["timestamp", "yesterday", /must be an RFC 3339 timestamp/],
  ["timestamp", "2026-13-20T16:04:00Z", /must be an RFC 3339 timestamp/],
  ["timestamp", 1763654640, /must be an RFC 3339 timestamp/],
  ["cpu_cores", 2.5, /must be a whole number/],
  ["cpu_usage_avg", [50, -5], /cpu_usage_avg\[1\]: must be at least -0.01/],
  ["cpu_usage_avg", [1001], /must be at most 1000/],
  ["cpu_usage_avg", ["50"], /must be a finite number, found "50"/],
  ["cpu_usage_avg", [null], /must be a finite number, found null/],
  ["cpu_usage_avg", { 0: 1 }, /must be an array, found an object/],
  ["cpu_usage_avg", new Array(8193).fill(1), /must be at most 8192 elements/],
  ["memory_total_gb", -1, /must be at least 0/],
  ["memory_used_gb", -1, /must be at least 0/],
  ["memory_avail_gb", "24", /must be a finite number/],
  ["disk_total_gb", 2 ** 31, /must be at most/],
  ["gpus", new Array(113).fill({}), /must be at most 112 elements/],
  ["gpus", [{ device_id: -1 }], /gpus\[0\]\.device_id: must be at least 0/],
  ["gpus", [{ device_id: 1.5 }], /must be a whole number/],
  ["gpus", [{ utilization_pct: 5000 }], /must be at most 1000/],
  ["gpus", [{ memory_total_gb: -1 }], /must be at least 0/],
  ["gpus", [{ temperature_c: 5000 }], /must be at most 1000/],
  ["gpus", [{ power_draw_w: -1 }], /must be at least 0/],
  ["gpus", [{ name: "a\u0007" }], /control characters/],
  ["gpus", [{ vendor: 1 }], /gpus\[0\]\.vendor: must be a text/],
  ["gpus", [{ uuid: "a".repeat(129) }], /must be at most 128 characters/],
  ["gpus", [{ temperature_limit_c: "92" }], /must be a finite number/],
  ["gpus", [{ power_limit_w: -1 }], /must be at least 0/],
  ["gpus", [{ throttled: "yes" }], /gpus\[0\]\.throttled: /],
  ["gpus", [{ throttle_reasons: "heat" }], /must be an array/],
  ["gpus", [{ throttle_reasons: [7] }], /throttle_reasons\[0\]: must be a te/],
  ["gpus", [{ throttle_reasons: new Array(65).fill("") }], /at most 64 elem/],
  ["gpus", [{ ecc_errors: 0.5 }], /must be a whole number/],
  ["gpus", [{ compute_mode: "a\u202e" }], /control characters/],
  ["gpus", [{ is_slice: 1 }], /gpus\[0\]\.is_slice: /],
  ["gpus", [{ device_id: 1 }, { device_id: 1 }], /gpus\[1\]\.device_id.*twice/],
  ["gpus", [{}, {}], /twice/],
  ["window_seconds", -1, /must be at least 0/],
  ["window_filled_seconds", 1e9, /must be at most/],
  ["short_window", { seconds: 0 }, /seconds: must be more than 0, found 0/],
  ["short_window", {}, /short_window\.seconds: .*found nothing/],
  ["short_window", [], /must be an object, found an array of 0/],
  ["public_ip", "example.com", /must be an IPv4 or IPv6 address/],
  ["latitude", 1000, /must be at most 90/],
];

for (const [field, value, expected] of REFUSED) {
  const shown = JSON.stringify(value).slice(0, 40);
  Deno.test(`a report with ${field} ${shown} is refused`, () => {
    const found = faults(statsBody, { ...STATS, [field]: value });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", expected);
  });
}

Deno.test("numbers that JSON can write and no machine can have are refused in every field", () => {
  const fields = [
    ...["memory_total_gb", "memory_used_gb", "memory_avail_gb", "cpu_cores"],
    ...["disk_total_gb", "disk_used_gb", "disk_avail_gb", "window_seconds"],
    ...["latitude", "longitude", "cpu_usage_avg", "short_window"],
  ];
  for (const field of fields) {
    for (const number of ["1e999", "-1e999", "1e300", "-181"]) {
      const value = field === "cpu_usage_avg"
        ? `[${number}]`
        : field === "short_window"
        ? `{"seconds":${number}}`
        : number;
      const text = JSON.stringify({ ...STATS, [field]: "X" })
        .replace('"X"', value);
      const [fault = ""] = faults(statsBody, text);
      assert.ok(fault.startsWith(field), `${field} ${number}: ${fault}`);
    }
  }
});

Deno.test("of two members with one name the later counts, so that nobody can be spoken for twice", () => {
  const text = JSON.stringify(STATS).replace("{", '{"client_id":"first",');
  assert.equal(valid(statsBody, text).id, "node-1");
  const escaped = JSON.stringify(STATS).replace(
    /}$/,
    ',"\\u0063lient_id":"last"}',
  );
  assert.equal(valid(statsBody, escaped).id, "last");
});

Deno.test("a member named __proto__ or constructor changes no report", () => {
  const text = JSON.stringify(STATS).replace(
    "{",
    '{"__proto__":{"client_id":"evil","polluted":1},"constructor":{"prototype":{"polluted":1}},',
  );
  assert.equal(valid(statsBody, text).id, "node-1");
  const alone = '{"__proto__":{"client_id":"evil"}}';
  assert.match(faults(statsBody, alone)[0] ?? "", /^client_id: must be a text/);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

Deno.test("a report in which every core is wrong lists no more faults than the bound", () => {
  const message = { ...STATS, cpu_usage_avg: new Array(8192).fill("x") };
  assert.equal(faults(statsBody, message).length, 16);
});
