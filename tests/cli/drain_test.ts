import assert from "node:assert/strict";
import { freePort } from "../free_port.ts";
import {
  drained,
  draining,
  DrainServer,
  STOPPING,
  tooMany,
} from "./drain_server.ts";
import { answered, FakeServer } from "./fake_server.ts";
import { opsen } from "./fake_shell.ts";

const PATH = "/_opsen/backends/rack-7/drain";

Deno.test("a drain is begun, and what is left is told at once", async () => {
  await using server = new DrainServer({
    looks: { "rack-7": [draining("rack-7", 3, 1)] },
  });
  const { code, out, err } = await server.run("drain", "rack-7");
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out, "Draining rack-7: 3 sessions and 1 request left\n");
  assert.deepEqual(server.asked, [
    { method: "GET", path: PATH, body: "" },
    { method: "POST", path: PATH, body: "{}" },
  ]);
});

Deno.test("limits are sent along, and JSON is what the server answers", async () => {
  await using server = new DrainServer({
    looks: { "rack-7": [draining("rack-7", 3)] },
  });
  const { out } = await server.run(
    ...["drain", "rack-7", "--deadline", "10m", "--max-unavailable", "2"],
    "--json",
  );
  assert.deepEqual(JSON.parse(out), draining("rack-7", 3));
  assert.deepEqual(JSON.parse(server.asked.at(-1)?.body ?? ""), {
    deadline_seconds: 600,
    max_unavailable: 2,
  });
});

Deno.test("with --wait progress is told until nothing is left", async () => {
  await using server = new DrainServer({
    looks: {
      "rack-7": [
        draining("rack-7", 3, 1),
        draining("rack-7", 1),
        drained("rack-7"),
      ],
    },
  });
  const { code, out, err } = await server.run("drain", "rack-7", "--wait");
  assert.equal(code, 0);
  assert.equal(out, "Drained rack-7: nothing left\n");
  assert.match(err, /^rack-7: 3 sessions and 1 request left\n/);
  assert.equal(server.asked.length, 5);
});

Deno.test("a deadline that passes with work left, and a wait that is too long, end with 3", async () => {
  await using late = new DrainServer({
    looks: { "rack-7": [drained("rack-7", 2)] },
  });
  const passed = await late.run("drain", "rack-7", "--wait");
  assert.equal(passed.code, 3);
  assert.match(passed.out, /deadline of rack-7 has passed with .*2 requests/);
  await using slow = new DrainServer({
    looks: { "rack-7": [draining("rack-7", 3)] },
  });
  const { code, err } = await slow.run(
    ...["drain", "rack-7", "--wait", "--wait-timeout", "0.2"],
  );
  assert.equal(code, 3);
  assert.match(err, /rack-7 was not done within --wait-timeout\n/);
  assert.match(err, /opsen undrain rack-7\n$/);
});

Deno.test("of several backends each is drained when the server allows it and the one before is done", async () => {
  await using server = new DrainServer({
    looks: {
      a: [draining("a", 1), drained("a")],
      b: [drained("b")],
    },
    refusals: [tooMany("c"), tooMany("c")],
  });
  const { code, out, err } = await server.run(
    ...["drain", "a", "b", "a", "--wait", "--max-unavailable", "1"],
  );
  assert.equal(code, 0, err);
  assert.equal(out, "Drained a: nothing left\nDrained b: nothing left\n");
  assert.match(err, /^a waits for its turn, unavailable: c\n/);
  assert.deepEqual(server.posted().map((path) => path.split("/")[3]), [
    ...["a", "a", "a"],
    "b",
  ]);
  const lastOfA = server.asked.findLastIndex(({ path }) =>
    path.includes("/a/")
  );
  const firstDrainOfB = server.asked.findIndex(({ method, path }) =>
    method === "POST" && path.includes("/b/")
  );
  assert.ok(lastOfA < firstDrainOfB);
});

Deno.test("one backend without --wait is refused at once when too many are unavailable", async () => {
  await using server = new DrainServer({
    looks: { a: [draining("a", 1)] },
    refusals: [tooMany("b", "c")],
  });
  const { code, err } = await server.run(
    "drain",
    "a",
    "--max-unavailable",
    "2",
  );
  assert.equal(code, 1);
  assert.equal(err, "Too many backends are unavailable already: b, c\n");
});

Deno.test("who names the host is told the id of the backend on it", async () => {
  await using server = new DrainServer({
    looks: { "rack-7": [draining("rack-7", 1)] },
  });
  const { code, err } = await server.run("drain", "h");
  assert.equal(code, 1);
  assert.equal(
    err,
    'Unknown client: h; the backend on host "h" is called "rack-7"\n',
  );
});

Deno.test("with an unknown id among several nothing is drained, and the one that was meant is named", async () => {
  await using server = new DrainServer({
    looks: { "rack-7": [draining("rack-7", 1)] },
  });
  const { code, err } = await server.run("drain", "rack-7", "rakc-7");
  assert.equal(code, 1);
  assert.equal(
    err,
    'Unknown client: rakc-7, did you mean "rack-7"\nNone of them is drained\n',
  );
  assert.deepEqual(server.posted(), []);
});

Deno.test("a backend that somebody puts back meanwhile is not reported as drained", async () => {
  await using server = new DrainServer({
    looks: { a: [draining("a", 1), { client_id: "a", state: "none" }], b: [] },
  });
  const { code, out, err } = await server.run(
    ...["drain", "a", "b", "--wait", "--max-unavailable", "1"],
  );
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /a is no longer being drained/);
  assert.match(err, /Not drained: b\n/);
});

Deno.test("a server that is away for a while is waited for, and that is said once", async () => {
  await using server = new DrainServer({
    looks: {
      a: [draining("a", 1), STOPPING, STOPPING, draining("a", 1), drained("a")],
    },
  });
  const { code, err } = await server.run("drain", "a", "--wait");
  assert.equal(code, 0);
  assert.equal(
    err,
    "a: 1 session and 0 requests left\nServer is stopping; it is asked again\nThe server is back\n",
  );
});

Deno.test("a server that stays away ends with 2: at once before the drain, at the end of the time after it", async () => {
  const gone = await opsen(["drain", "a", "--wait"], {
    OPSEN_SERVER_URL: `http://127.0.0.1:${freePort()}`,
  });
  assert.deepEqual([gone.code, gone.out], [2, ""]);
  assert.match(gone.err, /^Cannot reach .*connection refused/);
  await using server = new DrainServer({
    looks: { a: [draining("a", 1), STOPPING] },
  });
  const { code, err } = await server.run(
    ...["drain", "a", "--wait", "--wait-timeout", "0.2"],
  );
  assert.equal(code, 2);
  assert.match(err, /opsen undrain a\n$/);
});

Deno.test("what can't be meant ends with 64 and asks nothing", async () => {
  await using server = new FakeServer({});
  for (
    const args of [
      [],
      [".."],
      ["a", "--deadline", "soon"],
      ["a", "--deadline", "8d"],
      ["a", "--max-unavailable", "0"],
      ["a", "--max-unavailable", "1.5"],
      ["a", "--wait-timeout", ""],
    ]
  ) {
    assert.equal((await server.run("drain", ...args)).code, 64, args.join(" "));
  }
  assert.equal((await server.run("undrain", "..")).code, 64);
  assert.deepEqual(server.asked, []);
});

Deno.test("an older server says that it can't", async () => {
  const problem = {
    type: "urn:opsen:problem:unknown_path",
    title: "Page not found",
    status: 404,
    detail: "404 page not found",
    code: "unknown_path",
    request_id: "1",
  };
  const { code, err } = await answered(["drain", "a"], problem, 404);
  assert.equal(code, 1);
  assert.match(err, /This server has no .* older than this command/);
});

Deno.test("backends are put back, the others too when one is unknown", async () => {
  await using server = new DrainServer({
    looks: { "rack-7": [], "rack-8": [] },
  });
  const { code, out, err } = await server.run(
    ...["undrain", "rack-7", "rakc-8", "rack-8"],
  );
  assert.equal(code, 1);
  assert.equal(out, "rack-7 is back in service\nrack-8 is back in service\n");
  assert.equal(err, 'Unknown client: rakc-8, did you mean "rack-8"\n');
});

Deno.test("a backend that its own client drains stays out, and what is not stored is said", async () => {
  const still = await answered(["undrain", "a"], {
    ...draining("a", 1),
    by: ["agent"],
  });
  assert.equal(
    still.out,
    "a still gets no new sessions: its own client drains it\n",
  );
  const memory = { client_id: "a", state: "none", durable: false };
  const undrained = await answered(["undrain", "a"], memory);
  assert.match(undrained.out, /^a is back in service; the database did not/);
  const drain = await answered(["drain", "a"], {
    ...draining("a", 1),
    durable: false,
  });
  assert.match(drain.err, /^a: the database did not take it/);
});
