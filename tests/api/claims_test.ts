import assert from "node:assert/strict";
import type { ServerEvent } from "../../src/ports.ts";
import { CLAIM_WINDOW_MS } from "../../src/policy/claims.ts";
import { REGISTER, STATS } from "../wire/samples.ts";
import { ApiHome, read } from "./api_home.ts";

/** An API with what it told its events, and two machines with one id. */
class Twins {
  readonly events: ServerEvent[] = [];
  readonly home = new ApiHome({
    deps: { events: { emit: (event) => void this.events.push(event) } },
  });

  /** A message of a machine of ours; what is answered. */
  async say(path: string, name: string, more: object = {}): Promise<unknown> {
    const body = path === "/register" ? REGISTER : STATS;
    const message = { ...body, hostname: name, instance: `i-${name}`, ...more };
    const response = await this.home.send(
      "POST",
      path,
      JSON.stringify({ ...message, public_ip: "unknown" }),
      undefined,
      name === "left" ? "192.0.2.9" : "192.0.2.10",
    );
    return (await read(response))[1]["conflict"];
  }

  async shown(): Promise<unknown> {
    const [, fleet] = await this.home.get("/clients");
    return (fleet as unknown as Record<string, unknown>[])[0]?.["conflict"];
  }
}

Deno.test("two machines with one id are named in the log, as an event, in the fleet and to themselves", async () => {
  const twins = new Twins();
  const { home } = twins;
  const since = new Date(home.clock.wallMs() + 60_000).toISOString();
  assert.equal(await twins.say("/register", "left"), undefined);
  const local = { local_ip: "192.0.2.3" };
  assert.equal(await twins.say("/register", "right", local), undefined);
  assert.equal(await twins.shown(), undefined);
  home.clock.advance(60_000);
  const words = await twins.say("/stats", "left");
  assert.equal(
    words,
    'Several machines use one id: "left" (192.0.2.2, 192.0.2.9) and "right" (192.0.2.3, 192.0.2.10); give each its own "client_id" or "state_dir"',
  );
  assert.equal(await twins.say("/stats", "right"), words);
  assert.deepEqual(await twins.shown(), {
    hostnames: ["left", "right"],
    addresses: ["192.0.2.2", "192.0.2.9", "192.0.2.3", "192.0.2.10"],
    since,
  });
  const said = home.logger.lines.filter(({ module }) => module === "claims");
  assert.deepEqual(
    said.map(({ level, message }) => `${level} ${message}`),
    [`warn ${words}`],
  );
  assert.deepEqual(twins.events, [{
    type: "backend.conflict",
    data: {
      client_id: "node-1",
      machines: [
        { hostname: "left", local_ip: "192.0.2.2", public_ip: "192.0.2.9" },
        { hostname: "right", local_ip: "192.0.2.3", public_ip: "192.0.2.10" },
      ],
    },
  }]);
});

Deno.test("it is over when one of them falls silent, and that is said", async () => {
  const twins = new Twins();
  for (const name of ["left", "right", "left"]) {
    await twins.say("/register", name);
  }
  twins.home.clock.advance(CLAIM_WINDOW_MS);
  assert.equal(await twins.say("/stats", "left"), undefined);
  assert.equal(await twins.shown(), undefined);
  const infos = twins.home.logger.lines
    .filter(({ module, level }) => module === "claims" && level === "info");
  assert.equal(infos.length, 1);
});

Deno.test("a restarted client is one machine, and so is a Go client", async () => {
  const twins = new Twins();
  for (const instance of ["1", "1", "2", "2", "3"]) {
    assert.equal(await twins.say("/stats", "left", { instance }), undefined);
    await twins.say("/register", "left", { instance });
  }
  assert.deepEqual(twins.events, []);
  const other = new Twins();
  for (const path of ["/register", "/stats", "/register", "/stats"]) {
    await other.say(path, "left", { instance: null });
  }
  assert.deepEqual(other.events, []);
});

Deno.test("a message that is not taken claims nothing", async () => {
  const twins = new Twins();
  for (const name of ["left", "right", "left"]) {
    await twins.say("/stats", name);
  }
  assert.deepEqual(twins.events, []);
});

Deno.test("a Go client is not told, since it would not look", async () => {
  const twins = new Twins();
  const none = { instance: null };
  for (const name of ["left", "right", "left"]) {
    assert.equal(await twins.say("/register", name, none), undefined);
  }
  assert.equal(twins.events.length, 1);
});
