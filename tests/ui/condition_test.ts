import assert from "node:assert/strict";
import { badgeOf, conditionOf, reasonOf } from "../../src/ui/condition.js";
import { backendAt } from "./fleet.ts";

const WELL = {
  ...backendAt(0),
  health_status: "healthy",
  routable: true,
  not_routable_because: null,
} as const;
const FULL = {
  routable: false,
  not_routable_because: "no tier fits: lacks cores",
} as const;

Deno.test("a backend whose probes fail is unhealthy first, whatever else it lacks", () => {
  const full = { ...WELL, ...FULL };
  assert.equal(conditionOf(full), "full");
  assert.equal(reasonOf(full), "no tier fits: lacks cores");
  const both = { ...full, health_status: "unhealthy" } as const;
  assert.equal(badgeOf(both), "Unhealthy");
  assert.equal(reasonOf(both), "probes fail; no tier fits: lacks cores");
});

Deno.test("failing probes are said once, and also where they keep no work away", () => {
  const failing = { ...WELL, health_status: "unhealthy" } as const;
  assert.equal(conditionOf(failing), "unhealthy");
  assert.equal(reasonOf(failing), "probes fail");
  const why = "unhealthy: probes fail";
  const out = { ...failing, routable: false, not_routable_because: why };
  assert.equal(reasonOf(out), why);
  assert.equal(reasonOf(WELL), "");
});
