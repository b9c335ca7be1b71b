import assert from "node:assert/strict";
import type {
  StickyPage,
  StickyRemoval,
} from "../../src/wire/sticky_answer.ts";
import { answered, FakeServer, refusal } from "./fake_server.ts";

const PAGE: StickyPage = {
  assignments: [
    { sticky_id: "alice", tier: "gpu", client_id: "rack-7", lease_id: "1f" },
    { sticky_id: "b\x1b[2J", tier: "small", client_id: "rack-3" },
  ],
  total: 2,
};

const REMOVAL: StickyRemoval = {
  status: "removed",
  sticky_id: "alice",
  removed: [{ tier: "gpu", client_id: "rack-7" }],
  released: ["1f"],
};

Deno.test("sessions are a table, narrowed and paged if wanted", async () => {
  await using server = new FakeServer(PAGE);
  const { code, out } = await server.run("sticky");
  assert.equal(code, 0);
  assert.equal(
    out,
    `SESSION     TIER   BACKEND  LEASE
alice       gpu    rack-7   1f
b\\u001b[2J  small  rack-3   -
`,
  );
  const json = await server.run(
    ...["sticky", "--backend", "a", "--session", "s", "--tier", "t"],
    ...["--limit", "5", "--after", "x/y", "--json"],
  );
  assert.deepEqual(JSON.parse(json.out), PAGE);
  assert.deepEqual(server.asked.map(({ path }) => path), [
    "/_opsen/sticky?limit=10000",
    "/_opsen/sticky?limit=5&client_id=a&sticky_id=s&tier=t&after=x%2Fy",
  ]);
  const more = await answered(["sticky"], { ...PAGE, total: 9, next: "b/s" });
  assert.match(more.out, /\n2 of 9; the next page: --after b\/s\n$/);
  const none = await answered(["sticky"], { assignments: [], total: 0 });
  assert.equal(none.out, "No sessions\n");
});

Deno.test("a session is removed, and what happened to its lease is said", async () => {
  await using server = new FakeServer(REMOVAL);
  const { code, out } = await server.run("sticky", "remove", "a/b");
  assert.deepEqual([code, out], [
    0,
    "Removed a/b from rack-7 (gpu), and its lease 1f\n",
  ]);
  const args = ["sticky", "remove", "alice", "--tier", "g u", "--json"];
  const json = await server.run(...args);
  assert.deepEqual(JSON.parse(json.out), REMOVAL);
  assert.deepEqual(server.asked.map(({ method, path }) => [method, path]), [
    ["DELETE", "/_opsen/sticky?sticky_id=a%2Fb"],
    ["DELETE", "/_opsen/sticky?sticky_id=alice&tier=g+u"],
  ]);
  const memory = { ...REMOVAL, durable: false };
  const kept = await answered(["sticky", "remove", "alice"], memory);
  assert.match(kept.out, /a restart may bring it back\n$/);
});

Deno.test("what can't be removed ends with 1 or 64", async () => {
  const unknown = refusal("unknown_session", "Unknown session: x");
  const refused = await answered(["sticky", "remove", "x"], unknown, 404);
  assert.deepEqual([refused.code, refused.err], [
    1,
    'Unknown session: x; "opsen sticky" lists those that there are\n',
  ]);
  await using server = new FakeServer({});
  for (const args of [["remove"], ["remove", ""], ["--limit", "0"]]) {
    assert.equal((await server.run("sticky", ...args)).code, 64);
  }
  assert.deepEqual(server.asked, []);
});
