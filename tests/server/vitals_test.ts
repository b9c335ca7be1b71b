import assert from "node:assert/strict";
import { vitalsOf, type VitalsParts } from "../../src/server/vitals.ts";

type Store = VitalsParts["store"];

function statusOf(
  { problems, isDegraded = false }: {
    readonly problems?: readonly string[];
    readonly isDegraded?: boolean;
  },
): string {
  const parts = {
    balancer: { size: 3, census: () => ({ active: 2 }) },
    store: {
      status: (): ReturnType<Store["status"]> =>
        isDegraded
          ? { kind: "degraded", sinceMs: 0, reason: "disk is full" }
          : { kind: "ok" },
    },
    clock: { monotonicMs: () => 0 },
    door: { address: { hostname: "127.0.0.1", port: 8080 } },
    plane: {
      configuration: problems && { pendingProblems: problems },
    },
  };
  return vitalsOf(parts as unknown as VitalsParts).status();
}

Deno.test("the service manager is told how many backends are active, and what is wrong before that", () => {
  const well = "2 of 3 backends active; listens on 127.0.0.1 port 8080";
  assert.equal(statusOf({}), well);
  assert.equal(statusOf({ problems: [] }), well);
  assert.equal(
    statusOf({ problems: ["server.yml:3:1 no", "more"], isDegraded: true }),
    `configuration refused: server.yml:3:1 no; the database takes no writes; ${well}`,
  );
});
