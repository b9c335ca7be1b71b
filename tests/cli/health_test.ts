import assert from "node:assert/strict";
import { answered, FakeServer, refusal } from "./fake_server.ts";
import { opsen } from "./fake_shell.ts";

const WELL = {
  status: "healthy",
  timestamp: "2026-11-22T05:00:00Z",
  total_clients: 12,
  active_clients: 12,
  available_clients: 11,
  store: { status: "ok" },
  queue: { depth: 3 },
};

Deno.test("a healthy server is one line with its figures, and 0", async () => {
  const { code, out, err } = await answered(["health"], WELL);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(
    out,
    /^OPSEN OK - 12 of 12 backends active \| active=12;;;0 total=12;;;0 available=11;;1:;0 queue=3;;;0 time=\d+\.\d{3}s;;;0\n$/,
  );
});

Deno.test("limits are said as ranges, and broken ones as what was wanted", async () => {
  const limits = ["--warning-active", "20", "--critical-active", "5"];
  const few = await answered(["health", ...limits], WELL);
  assert.equal(few.code, 1);
  assert.match(
    few.out,
    /^OPSEN WARNING - 12 of 12 backends active: wanted at least 20 \| active=12;20:;5:;0 /,
  );
  const fewer = await answered(
    ["health", "--warning-active", "20", "--critical-active", "13"],
    WELL,
  );
  assert.equal(fewer.code, 2);
  assert.match(fewer.out, /^OPSEN CRITICAL - .*: wanted at least 13 \|/);
  const enough = await answered(["health", "--critical-active", "12"], WELL);
  assert.equal(enough.code, 0);
});

Deno.test("of two limits for a warning the higher one holds", async () => {
  for (const [min, warning] of [["13", "1"], ["1", "13"]] as const) {
    const flags = ["--min-active", min, "--warning-active", warning];
    const { code, out } = await answered(["health", ...flags], WELL);
    assert.equal(code, 1);
    assert.match(out, /active=12;13:;;0/);
  }
});

Deno.test("a fleet that takes no work is critical, one that is empty is not", async () => {
  const none = await answered(["health"], { ...WELL, available_clients: 0 });
  assert.equal(none.code, 2);
  assert.match(none.out, /^OPSEN CRITICAL - .*no backend takes new work/);
  const empty = { total_clients: 0, active_clients: 0, available_clients: 0 };
  assert.equal((await answered(["health"], { ...WELL, ...empty })).code, 0);
});

Deno.test("what is wrong beside the fleet is a warning, and can't pass for figures", async () => {
  const { code, out } = await answered(["health"], {
    ...WELL,
    panic: { out: 7, of: 12, mode: "fail_open" },
    store: {
      status: "degraded",
      since: "2026-11-22T04:00:00Z",
      reason: "disk | full\nOPSEN OK",
    },
    config: {
      version: 2,
      hash: "0123456789ab",
      applied_at: "2026-11-22T04:00:00Z",
      is_newer_refused: true,
    },
  });
  assert.equal(code, 1);
  assert.match(
    out,
    /^OPSEN WARNING - 12 of 12 backends active: panic \(fail_open\), 7 of 12 backends are out; the database takes no writes since 2026-11-22T04:00:00Z \(disk \/ full OPSEN OK\); the newest configuration was refused, "opsen config history" says why \| active=.*\n$/,
  );
});

Deno.test("a Go server, which says less, is judged by that", async () => {
  const { status, timestamp, total_clients, active_clients } = WELL;
  const go = { status, timestamp, total_clients, active_clients };
  const { code, out } = await answered(["health"], go);
  assert.equal(code, 0);
  assert.match(
    out,
    /^OPSEN OK - 12 of 12 backends active \| active=12;;;0 total=12;;;0 time=/,
  );
});

Deno.test("what answers and says nothing of itself is unknown, what fails is critical", async () => {
  const cases = [
    [{ hello: "world" }, 200, 3],
    [{ hello: "world" }, 404, 3],
    [{ hello: "world" }, 502, 2],
    [{ ...refusal("address_not_allowed", "No"), status: 403 }, 403, 3],
    [refusal("store_unavailable", "No"), 503, 2],
  ] as const;
  for (const [answer, status, wanted] of cases) {
    const { code, out } = await answered(["health"], answer, status);
    assert.equal(code, wanted, out);
    assert.match(
      out,
      wanted === 3 ? /^OPSEN UNKNOWN - / : /^OPSEN CRITICAL - /,
    );
    assert.ok(!out.includes("|"), out);
  }
});

Deno.test("a command line that is wrong is unknown, whoever notices", async () => {
  const noticed = await opsen(["health", "--critical-active", "-1"]);
  assert.equal(noticed.code, 3);
  assert.match(noticed.out, /^OPSEN UNKNOWN - --critical-active: found "-1"/);
  const unheard = await opsen(["health", "--colour"]);
  const line = "OPSEN UNKNOWN - unknown option '--colour'\n";
  assert.deepEqual([unheard.code, unheard.out], [3, line]);
  const surplus = await opsen(["health", "se", "same"]);
  assert.match(surplus.out, /^OPSEN UNKNOWN - too many arguments .* got 2\n$/);
  const url = await opsen(["health"], { OPSEN_SERVER_URL: "ftp://x/" });
  assert.equal(url.code, 3);
  assert.match(url.out, /^OPSEN UNKNOWN - OPSEN_SERVER_URL: /);
  const context = await opsen(["health"], { OPSEN_CONTEXT: "gone" });
  assert.equal(context.code, 3);
  assert.match(context.out, /^OPSEN UNKNOWN - OPSEN_CONTEXT: found "gone"/);
  assert.equal((await opsen(["health", "--help"])).code, 0);
  assert.equal((await opsen(["queue", "--colour"])).code, 64);
});

Deno.test("JSON has the same words", async () => {
  await using server = new FakeServer(WELL);
  const { out } = await server.run("health", "--json", "--min-active", "13");
  assert.deepEqual(JSON.parse(out), {
    status: "warning",
    because: "wanted at least 13",
    active: 12,
    available: 11,
    total: 12,
    queue: 3,
    server: server.url,
  });
});
