import assert from "node:assert/strict";
import { leaseIdOf } from "../../src/wire/lease_id.ts";
import {
  type StickyPage,
  stickyPage,
  stickyRemoval,
} from "../../src/wire/sticky_answer.ts";
import { type ApiHome, read } from "./api_home.ts";
import { homeOver } from "./small_fleet.ts";

const SESSIONS = { settings: { stickyHeader: "X-Session-ID" } };

async function place(home: ApiHome, session: string, tier = "small") {
  const [status, body] = await home.post("/route", { tier }, {
    "x-session-id": session,
  });
  assert.equal(status, 200);
  return body;
}

async function pageOf(home: ApiHome, query = ""): Promise<StickyPage> {
  const [status, body] = await home.get(`/_opsen/sticky${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return stickyPage.parse(body);
}

Deno.test("sessions are shown with their backends and the leases that keep them there", async () => {
  const home = homeOver({ a: {} }, SESSIONS);
  const { lease_id: leaseId } = await place(home, "bob");
  await place(home, "alice");
  const { assignments, total, next } = await pageOf(home);
  assert.deepEqual([total, next], [2, undefined]);
  assert.deepEqual(assignments.map((one) => one.sticky_id), ["alice", "bob"]);
  assert.deepEqual(assignments[1], {
    sticky_id: "bob",
    tier: "small",
    client_id: "a",
    lease_id: leaseId,
  });
  home.clock.advance(120_000);
  const [idle] = (await pageOf(home, "?sticky_id=bob")).assignments;
  assert.deepEqual(idle, { sticky_id: "bob", tier: "small", client_id: "a" });
});

Deno.test("every session is on exactly one page, whatever is used in between", async () => {
  const home = homeOver({ a: {} }, SESSIONS);
  const names = Array.from({ length: 50 }, (_, i) => `s/${(i * 7) % 50}`);
  for (const stickyId of names) {
    for (const tier of ["small", "medium"]) {
      home.balancer.restore({ stickyId, tier, backendId: "a" });
    }
  }
  const seen: string[] = [];
  let after = "";
  for (let pages = 0; pages < 40; pages++) {
    const query = new URLSearchParams({ limit: "7", after });
    const page = await pageOf(home, `?${query}`);
    assert.equal(page.total, 100);
    seen.push(...page.assignments.map((one) => `${one.sticky_id} ${one.tier}`));
    home.balancer.restore({
      stickyId: names[pages] ?? "",
      tier: "small",
      backendId: "a",
    });
    if (page.next === undefined) break;
    after = page.next;
  }
  assert.deepEqual(
    seen,
    names.flatMap((name) => [`${name} small`, `${name} medium`]).sort(),
  );
});

Deno.test("lists are narrowed to a backend and a tier, and nonsense is refused", async () => {
  const home = homeOver({ a: {}, b: {} }, SESSIONS);
  home.balancer.restore({ stickyId: "s", tier: "small", backendId: "a" });
  home.balancer.restore({ stickyId: "s", tier: "medium", backendId: "b" });
  const of = async (query: string) =>
    (await pageOf(home, query)).assignments.map(({ tier }) => tier);
  assert.deepEqual(await of("?client_id=a"), ["small"]);
  assert.deepEqual(await of("?tier=medium"), ["medium"]);
  for (const query of ["limit=0", "limit=99999", "after=x", "after=a/b/c"]) {
    assert.equal((await home.get(`/_opsen/sticky?${query}`))[0], 400, query);
  }
});

Deno.test("a session that is removed loses its lease with its room, in the database too, and is placed anew", async () => {
  const home = homeOver({ a: {}, b: {} }, SESSIONS);
  const first = await place(home, "a b/ü");
  const other = await place(home, "other");
  const path = `/_opsen/sticky/${encodeURIComponent("a b/ü")}`;
  const [status, body] = await read(await home.send("DELETE", path));
  assert.equal(status, 200);
  assert.deepEqual(stickyRemoval.parse(body), {
    status: "removed",
    sticky_id: "a b/ü",
    removed: [{ tier: "small", client_id: first.client_id }],
    released: [first.lease_id],
  });
  assert.deepEqual(
    home.balancer.leases(home.clock.monotonicMs()).map(({ id }) =>
      leaseIdOf(id)
    ),
    [other.lease_id],
  );
  assert.equal(home.store.tables.leases.size, 1);
  assert.deepEqual(
    [...home.store.tables.sticky.values()].map(({ stickyId }) => stickyId),
    ["other"],
  );
  const again = await read(await home.send("DELETE", path));
  assert.deepEqual([again[0], again[1].code], [404, "unknown_session"]);
  assert.notEqual((await place(home, "a b/ü")).lease_id, first.lease_id);
});

Deno.test("one tier of a session can go alone, and a database that takes nothing is said", async () => {
  const home = homeOver({ a: {} }, SESSIONS);
  await place(home, "s", "small");
  await place(home, "s", "medium");
  home.store.degrade("disk full");
  const [, body] = await read(
    await home.send("DELETE", "/_opsen/sticky/s?tier=medium"),
  );
  const { removed, released, durable } = stickyRemoval.parse(body);
  assert.deepEqual(removed, [{ tier: "medium", client_id: "a" }]);
  assert.deepEqual([released.length, durable], [1, false]);
  assert.deepEqual((await pageOf(home)).assignments.map(({ tier }) => tier), [
    "small",
  ]);
});

Deno.test("a session without an assignment loses its lease all the same", async () => {
  const balancer = { maxSticky: 1 };
  const home = homeOver({ a: {} }, { ...SESSIONS, balancer });
  const { lease_id: leaseId } = await place(home, "s");
  await place(home, "newer");
  assert.deepEqual((await pageOf(home, "?sticky_id=s")).assignments, []);
  const [, body] = await read(await home.send("DELETE", "/_opsen/sticky/s"));
  assert.deepEqual(stickyRemoval.parse(body).released, [leaseId]);
  assert.equal(home.balancer.leaseCount, 1);
});

Deno.test("an id that can't stand in a path is taken from the query, with its tier or all of them", async () => {
  const home = homeOver({ a: {} }, SESSIONS);
  const odd = "../a/%2e%2e/b+c&d";
  await place(home, odd, "small");
  await place(home, odd, "medium");
  await place(home, "..", "small");
  const remove = async (more: Readonly<Record<string, string>>) => {
    const path = `/_opsen/sticky?${new URLSearchParams(more)}`;
    return await read(await home.send("DELETE", path));
  };
  const [, one] = await remove({ sticky_id: odd, tier: "medium" });
  assert.deepEqual(stickyRemoval.parse(one).removed, [
    { tier: "medium", client_id: "a" },
  ]);
  const [, rest] = await remove({ sticky_id: odd });
  assert.deepEqual(stickyRemoval.parse(rest).removed, [
    { tier: "small", client_id: "a" },
  ]);
  const [status, none] = await remove({ sticky_id: odd });
  assert.deepEqual([status, none.code], [404, "unknown_session"]);
  for (const more of [{}, { sticky_id: "" }, { tier: "small" }]) {
    const [status, body] = await remove(more);
    assert.deepEqual([status, body.code], [400, "invalid_field"]);
  }
  const left = (await pageOf(home)).assignments;
  assert.deepEqual(left.map(({ sticky_id }) => sticky_id), [".."]);
});

Deno.test("a removal is in the audit trail, also one that found nothing", async () => {
  const home = homeOver({ a: {} }, SESSIONS);
  await place(home, "s");
  await place(home, "t");
  for (const path of ["/s", "?sticky_id=t", "/s", "?sticky_id=u"]) {
    await home.send("DELETE", `/_opsen/sticky${path}`);
  }
  assert.deepEqual(
    home.store.tables.audit.map(({ action, target, result }) =>
      [action, target, result].join(" ")
    ),
    [
      "sticky.remove s ok",
      "sticky.remove t ok",
      "sticky.remove s unknown_session",
      "sticky.remove u unknown_session",
    ],
  );
});
