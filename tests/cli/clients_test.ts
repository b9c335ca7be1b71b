import assert from "node:assert/strict";
import type { DrainState } from "../../src/wire/drain_answer.ts";
import { viewOf } from "./drain_server.ts";
import { answered } from "./fake_server.ts";

const DRAIN: DrainState = {
  state: "draining",
  by: ["operator"],
  since: "2026-03-04T05:06:07.089Z",
  sessions: 2,
  in_flight: 1,
};

Deno.test("the table says how far a backend is drained", async () => {
  const full = { routable: false, not_routable_because: "unhealthy" };
  const { out } = await answered(["clients"], [
    viewOf("serving"),
    { ...viewOf("full"), ...full },
    { ...viewOf("draining"), drain: DRAIN, ...full },
    {
      ...viewOf("drained"),
      drain: { ...DRAIN, state: "drained", sessions: 0, in_flight: 0 },
    },
  ]);
  assert.deepEqual(
    out.trimEnd().split("\n").slice(1).map((line) =>
      [/^\S+/, /\S+: .*|yes$/].map((part) => part.exec(line)?.[0])
    ),
    [
      ["serving", "yes"],
      ["full", "no: unhealthy"],
      ["draining", "no: draining, 2 sessions and 1 request left"],
      ["drained", "no: drained"],
    ],
  );
});

Deno.test("the table says what GPUs there are", async () => {
  const { out } = await answered(["clients"], [
    viewOf("none"),
    { ...viewOf("two"), total_gpus: 2, gpu_models: ["NVIDIA L4", "NVIDIA L4"] },
  ]);
  assert.deepEqual(
    out.split("\n").map((line) => /GPUS +HOLDS|0 +0|2 × L4 +0/.exec(line)?.[0]),
    ["GPUS    HOLDS", "0           0", "2 × L4      0", undefined],
  );
});

Deno.test("the table says where machines are, when that of one is known", async () => {
  const nowhere = { latitude: 0, longitude: 0, country: "", city: "" };
  const { out } = await answered(["clients"], [
    viewOf("lost"),
    { ...viewOf("code"), location: { ...nowhere, country: "FR" } },
    {
      ...viewOf("city"),
      location: { ...nowhere, country: "FR", city: "Paris" },
    },
    { ...viewOf("spot"), location: { ...nowhere, latitude: 48.9 } },
  ]);
  assert.deepEqual(
    out.trimEnd().split("\n").map((line) => line.split(/ {2,}/)[3]),
    ["PLACE", "-", "FR", "Paris, FR", "48.9,0"],
  );
  const lost = await answered(["clients"], [viewOf("lost")]);
  assert.doesNotMatch(lost.out, /PLACE/);
});

Deno.test("machines that use one id are named below the table", async () => {
  const conflict = {
    hostnames: ["left", "right"],
    addresses: ["192.0.2.2", "192.0.2.3"],
    since: "2026-03-04T05:06:07.089Z",
  };
  const { out } = await answered(["clients"], [
    viewOf("alone"),
    { ...viewOf("both"), conflict },
  ]);
  assert.deepEqual(out.split("\n").slice(3), [
    'Several machines use the id "both" since 2026-03-04T05:06:07.089Z: left, right at 192.0.2.2, 192.0.2.3; give each its own "client_id" or "state_dir"',
    "",
  ]);
});
