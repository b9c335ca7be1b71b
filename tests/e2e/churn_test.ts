/** A machine that goes, a machine that comes back, and two that claim one id: real clients and a real server. */
import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { type OpsenProcess, startOpsen } from "./opsen_process.ts";
import { ServerHome, type TestServer } from "./server_home.ts";

/** What a client in these tests says of its id. */
const ID = "churn-1";

/** Starts a client and waits until the server has its report. */
async function join(
  server: TestServer,
  flags: readonly string[] = [],
): Promise<OpsenProcess> {
  const client = await startOpsen([
    ...["client", "--server-url", server.url, "--client-id", ID],
    ...["--endpoint-url", "http://127.0.0.1:1", ...flags],
  ]);
  await client.said(/Registered as "churn-1"/);
  await eventually("report", async () => {
    const view = (await server.clients()).get(ID);
    return view !== undefined && view.cpu_usage_pct.length > 0;
  });
  return client;
}

/** Waits until the machine drains, or is in service. */
async function drains(server: TestServer, isDraining: boolean): Promise<void> {
  await eventually(isDraining ? "draining" : "in service", async () => {
    const view = (await server.clients()).get(ID);
    return view !== undefined && (view.drain !== undefined) === isDraining;
  });
}

Deno.test("a client that is terminated drains its machine, waits for its sessions, and is back after a restart", async () => {
  await using home = new ServerHome();
  await using server = await home.start("health_check_enabled: false\n");
  // The session is placed while the machine is said to be large: this one may have no room.
  await server.join(ID);
  const { lease_id } = await server.place("lite");
  await using client = await join(server, ["--drain-seconds", "60"]);
  client.kill("SIGTERM");
  await client.said(/Draining: waiting for the server/);
  await drains(server, true);
  const view = (await server.clients()).get(ID);
  assert.deepEqual(
    [view?.drain?.state, view?.drain?.by],
    ["draining", ["agent"]],
  );
  const released = await fetch(`${server.url}/_opsen/leases/${lease_id}`, {
    method: "DELETE",
  });
  await released.body?.cancel();
  const { code, stdout, stderr } = await client.ended();
  assert.equal(code, 0);
  assert.match(stdout + stderr, /Drained: nothing is left on this machine/);
  assert.equal((await server.clients()).get(ID)?.drain?.state, "drained");

  await using _again = await join(server);
  await drains(server, false);
});

Deno.test("without drain_seconds a terminated client tells the server and ends", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await using client = await join(server);
  client.kill("SIGTERM");
  assert.equal((await client.ended()).code, 0);
  assert.equal((await server.clients()).get(ID)?.drain?.state, "drained");
});

Deno.test("a machine drains while its drain file is there", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  const file = `${home.folder}/drain`;
  await Deno.writeTextFile(file, "");
  await using client = await join(server, ["--drain-file", file]);
  await drains(server, true);
  await client.said(/Draining: ".*drain" is there/);
  await Deno.remove(file);
  await drains(server, false);
  await client.said(/In service again: ".*drain" is gone/);
});

Deno.test("two clients with one id are named to the operator and to themselves", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  const every = ["--report-interval-seconds", "1"];
  await using left = await join(server, [...every, "--hostname", "left"]);
  await using right = await join(server, [...every, "--hostname", "right"]);
  const named = /WARN .*Several machines use one id: "left" .* and "right" /;
  await Promise.all([
    server.process.said(named),
    left.said(named),
    right.said(named),
  ]);
  const view = (await server.clients()).get(ID);
  assert.deepEqual(view?.conflict?.hostnames, ["left", "right"]);
});
