import assert from "node:assert/strict";
import { eventLineOf, serverEventOf } from "../../src/events/fleet_events.ts";
import type { FleetEvent } from "../../src/engine/fleet_event.ts";

const instant = (at: number) => new Date(at).toISOString();

const EXAMPLES: readonly [FleetEvent, string, object, string, RegExp][] = [
  [
    { kind: "ejected", backendId: "a", until: 5000 },
    "backend.ejected",
    { client_id: "a", until: "1970-01-01T00:00:05.000Z" },
    "warn",
    /left out because requests/,
  ],
  [
    { kind: "returned", backendId: "a" },
    "backend.returned",
    { client_id: "a" },
    "info",
    /gets requests again/,
  ],
  [
    { kind: "unhealthy", backendId: "a" },
    "backend.unhealthy",
    { client_id: "a" },
    "warn",
    /probes fail/,
  ],
  [
    { kind: "healthy", backendId: "a" },
    "backend.healthy",
    { client_id: "a" },
    "info",
    /healthy again/,
  ],
  [
    { kind: "draining", backendId: "a", by: "agent" },
    "backend.draining",
    { client_id: "a", by: "agent" },
    "info",
    /no new sessions/,
  ],
  [
    { kind: "drained", backendId: "a", sessions: 0, inFlight: 0 },
    "backend.drained",
    { client_id: "a", sessions: 0, in_flight: 0 },
    "info",
    /nothing is left/,
  ],
  [
    { kind: "drained", backendId: "a", sessions: 2, inFlight: 1 },
    "backend.drained",
    { client_id: "a", sessions: 2, in_flight: 1 },
    "info",
    /deadline has passed with work left/,
  ],
  [
    { kind: "undrained", backendId: "a" },
    "backend.undrained",
    { client_id: "a" },
    "info",
    /new sessions again/,
  ],
  [
    { kind: "panic", out: 6, of: 10, isOpen: true },
    "fleet.panic",
    { out: 6, of: 10, panic: "fail_open" },
    "error",
    /6 of 10 .* get work all the same \(panic: fail_open\).*Look at/,
  ],
  [
    { kind: "panic", out: 6, of: 10, isOpen: false },
    "fleet.panic",
    { out: 6, of: 10, panic: "fail_closed" },
    "error",
    /6 of 10 .* few that are left \(panic: fail_closed\).*Look at/,
  ],
  [
    { kind: "calm", out: 5, of: 10 },
    "fleet.calm",
    { out: 5, of: 10 },
    "info",
    /Panic is over/,
  ],
];

for (const [event, type, data, level, words] of EXAMPLES) {
  Deno.test(`${event.kind} is told as ${type} ${JSON.stringify(data)} and logged as ${level}`, () => {
    assert.deepEqual(serverEventOf(event, instant), { type, data });
    const line = eventLineOf(event, instant);
    assert.equal(line.level, level);
    assert.match(line.message, words);
    if ("backendId" in event) assert.equal(line.data.backend, "a");
  });
}
