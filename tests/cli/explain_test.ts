import assert from "node:assert/strict";
import type { ExplainAnswer } from "../../src/wire/explain_answer.ts";
import { explanation, fitting, removed } from "./candidates.ts";
import { answered, FakeServer, refusal } from "./fake_server.ts";

const EXPLAIN = ["route", "--tier", "small", "--explain"];

const PLACED: ExplainAnswer = {
  decision: "placed",
  would_choose: "rack-7",
  tier: "small",
  ...explanation(
    fitting("rack-7", { cpu: 10, memory: 25 }),
    fitting("rack-3", { cpu: 47.5 }),
    removed("rack-1", ["memory", 3.1, 8, "GB"]),
  ),
};

Deno.test("a dry run asks for an explanation and shows every backend", async () => {
  await using server = new FakeServer(PLACED);
  const { code, out, err } = await server.run(...EXPLAIN);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `small: would go to rack-7 (adaptive rule, nothing booked)

Fits, lowest total first:
  BACKEND  TOTAL   CPU  MEMORY
* rack-7    35.0  10.0    25.0
  rack-3    47.5  47.5     0.0
Runner-up: rack-3, 12.5 points behind

Removed:
  BACKEND  KM  REASON  HAVE  NEED  UNIT
  rack-1   12  memory   3.1     8  GB
`,
  );
  assert.deepEqual(
    server.asked.map(({ method, path, body }) => [method, path, body]),
    [["POST", "/route?explain=1", '{"tier":"small"}']],
  );
});

Deno.test("a distance that is not known is no 0, and a machine elsewhere is told with its country", async () => {
  const nowhere = { distance_km: null, reason: "place", shortages: [] };
  const { out } = await answered(EXPLAIN, {
    ...PLACED,
    ...explanation(
      fitting("rack-7", { cpu: 10, distance: 3 }, 3),
      { ...fitting("rack-3", { cpu: 47.5 }), distance_km: null },
      { ...removed("rack-1"), ...nowhere, country: "US" },
      { ...removed("rack-2"), ...nowhere, country: "" },
      removed("rack-4", ["place", 12.4, 10, "km"]),
    ),
  });
  assert.equal(
    out.slice(out.indexOf("\nFits")),
    `
Fits, lowest total first:
  BACKEND  TOTAL  DISTANCE   CPU  KM
* rack-7    13.0       3.0  10.0   3
  rack-3    47.5       0.0  47.5   -
Runner-up: rack-3, 34.5 points behind

Removed:
  BACKEND  KM  REASON  HAVE  NEED  UNIT
  rack-1    -  place     US        country
  rack-2    -  place      -        country
  rack-4   12  place   12.4    10  km
`,
  );
});

Deno.test("a session that stays is said to", async () => {
  const { out } = await answered(EXPLAIN, {
    ...PLACED,
    would_choose: "rack-3",
    kept_by_session: true,
  });
  assert.match(out, /^small: would go to rack-3, which keeps the session \(/);
  assert.match(out, /^\* rack-3 /m);
});

Deno.test("what would be refused is shown with its reasons, and ends with 1", async () => {
  const refused: ExplainAnswer = {
    decision: "refused",
    would_choose: null,
    tier: "small",
    tally: { stale: 1, cores: 0, memory: 1 },
    ...explanation(removed("a", ["memory", 1, 2, "GB"]), removed("b")),
  };
  const { code, out } = await answered(EXPLAIN, refused);
  assert.equal(code, 1);
  assert.match(
    out,
    /^small: would be refused, none of 2 backends fits: 1 stale, 1 memory \(adaptive rule, nothing booked\)\n\nRemoved:\n/,
  );
  const nobody = await answered(EXPLAIN, {
    ...refused,
    tally: {},
    candidates: [],
  });
  assert.equal(
    nobody.out,
    "small: there are no backends (adaptive rule, nothing booked)\n",
  );
  assert.equal(nobody.code, 1);
});

Deno.test("a large fleet is cut short, and shown whole with --all", async () => {
  const large = {
    ...PLACED,
    ...explanation(
      ...Array.from({ length: 30 }, (_, n) => fitting(`f${n}`, { cpu: n + 1 })),
    ),
    would_choose: "f0",
  };
  const cut = await answered(EXPLAIN, large);
  assert.match(cut.out, /… and 10 more \(--all\)/);
  const whole = await answered([...EXPLAIN, "--all"], large);
  assert.match(whole.out, / f29 /);
  assert.doesNotMatch(whole.out, /more/);
});

Deno.test("--json is the server's own answer", async () => {
  const { out } = await answered([...EXPLAIN, "--json"], PLACED);
  assert.deepEqual(JSON.parse(out), PLACED);
});

Deno.test("an unknown tier is refused in the server's words", async () => {
  const { code, out, err } = await answered(
    EXPLAIN,
    refusal("unknown_tier", "Unknown tier: small"),
    400,
  );
  assert.deepEqual([code, out, err], [1, "", "Unknown tier: small\n"]);
});

Deno.test("an older server places instead, and that is not passed over", async () => {
  const booked = {
    client_id: "rack-7",
    endpoint: "http://192.0.2.7:8000",
    hostname: "host-7",
    distance_km: 0,
  };
  const go = await answered(EXPLAIN, booked);
  assert.deepEqual([go.code, go.out], [1, ""]);
  assert.equal(
    go.err,
    "This server is older than --explain: it placed the session on rack-7\nThe room is booked until it expires\n",
  );
  const withLease = await answered([...EXPLAIN, "--json"], {
    ...booked,
    lease_id: "1f",
  });
  assert.equal(JSON.parse(withLease.out).lease_id, "1f");
  assert.match(withLease.err, /`opsen leases release 1f` frees it at once\n$/);
});
