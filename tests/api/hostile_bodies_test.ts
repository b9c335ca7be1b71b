/** Whatever is sent, nobody sees our inside, and what was refused has changed nothing. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { clientViews } from "../../src/wire/client_view.ts";
import { registered, reported } from "../engine/machines.ts";
import { seedOf } from "../seed.ts";
import { registrations, reports } from "../wire/arbitraries.ts";
import { registerMessage } from "../../src/wire/register_message.ts";
import { statsMessage } from "../../src/wire/stats_message.ts";
import { REGISTER, STATS } from "../wire/samples.ts";
import { ApiHome } from "./api_home.ts";

const PATHS = [
  "/register",
  "/stats",
  "/route",
  "/clients/purge",
  "/clients/purge-pending",
] as const;

const MESSAGES = [
  REGISTER,
  STATS,
  { ...STATS, client_id: "known" },
  { tier: "small", client_ip: "203.0.113.7", client_lat: 52.5, client_lon: 13 },
  { tier: "gpu-training" },
] as const;

/** Refusals with a 5xx that the contract knows. */
const CAPACITY = ["no_capacity", "fleet_full"];

Deno.test("no JSON at all makes the API fail, and a refusal changes nothing", async () => {
  const body = fc.json().map((text) => new TextEncoder().encode(text));
  await holdsFor("any JSON", body);
});

Deno.test("no bytes at all make the API fail, and a refusal changes nothing", async () => {
  await holdsFor("any bytes", fc.uint8Array({ maxLength: 200 }));
});

Deno.test("no valid message with one value replaced makes the API fail, and a refusal changes nothing", async () => {
  await holdsFor("mutated values", mutatedMessages());
});

Deno.test("no valid message with some bytes replaced makes the API fail, and a refusal changes nothing", async () => {
  await holdsFor("mutated bytes", mutatedBytes());
});

Deno.test("whatever is registered and reported is shown as it was said", async () => {
  await fc.assert(
    fc.asyncProperty(registrations(), reports(), async (machine, report) => {
      const home = new ApiHome();
      const local = { ...machine, endpoint: machine.endpoint };
      const registration = registerMessage(local);
      assert.equal((await home.post("/register", registration))[0], 200);
      const stats = statsMessage(local, report, home.clock.wallMs());
      assert.equal((await home.post("/stats", stats))[0], 200);
      const [view] = clientViews.parse((await home.get("/clients"))[1]);
      assert.equal(view?.client_id, machine.id);
      assert.equal(view?.hostname, machine.hostname);
      assert.equal(view?.endpoint, machine.endpoint);
      assert.deepEqual(view?.gpu_models, machine.gpuModels);
      assert.deepEqual(view?.cpu_usage_pct, report.coreUsagePct);
      assert.equal(view?.cpu_cores, report.coreUsagePct.length);
      assert.equal(view?.memory_avail_gb, report.memory.availableGb);
      assert.equal(view?.disk_used_gb, report.disk.usedGb);
      assert.equal(view?.gpus.length, report.gpus.length);
      assert.equal(view?.location.latitude, machine.place?.latitude ?? 0);
    }),
    { seed: seedOf("shown as said"), numRuns: 100 },
  );
});

/** Sends the bodies to every path of one API and looks at each answer. */
async function holdsFor(
  name: string,
  bodies: fc.Arbitrary<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const home = homeWithOne();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PATHS),
      bodies,
      headers(),
      async (path, body, headers) => {
        const before = home.state();
        const response = await home.send("POST", path, body, headers);
        const text = await response.text();
        assertHarmless(response.status, text);
        if (response.status >= 400) assert.equal(home.state(), before);
      },
    ),
    { seed: seedOf(name), numRuns: 400 },
  );
}

function assertHarmless(status: number, text: string): void {
  assert.doesNotMatch(text, /\.ts:\d|node_modules|\n {4}at |file:\/\//);
  const { code, request_id } = JSON.parse(text);
  if (status < 400) return;
  assert.equal(typeof request_id, "string");
  if (status < 500) return;
  assert.equal(status, 503);
  assert.ok(CAPACITY.includes(code), text);
}

function homeWithOne(): ApiHome {
  const home = new ApiHome({
    settings: { stickyHeader: "X-Session-ID" },
    balancer: { maxBackends: 5 },
  });
  const now = home.clock.monotonicMs();
  home.balancer.register(registered("known"), now);
  home.balancer.report("known", reported(), now);
  return home;
}

function headers(): fc.Arbitrary<Record<string, string>> {
  return fc.record({
    "content-type": fc.constantFrom(
      "application/json",
      "application/json; charset=utf-8",
      "text/plain",
      "application/x-www-form-urlencoded",
      ";;=;charset",
    ),
    "x-session-id": fc.string({ unit: "binary-ascii", maxLength: 300 }).map(
      (text) => text.replace(/[\0\r\n]/g, ""),
    ),
  }, { requiredKeys: ["content-type"], noNullPrototype: true });
}

/** A valid message, one value of which (at any depth) is something else. */
function mutatedMessages(): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const other = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.double(),
    fc.constantFrom("", "unknown", "\u0000", -1, 1e300, [], {}, null),
  );
  return fc.constantFrom(...MESSAGES).chain((message) => {
    const paths = pathsIn(message);
    return fc.tuple(fc.constantFrom(...paths), other).map(([path, value]) => {
      const copy = structuredClone(message);
      setAt(copy, path, value);
      return new TextEncoder().encode(JSON.stringify(copy));
    });
  });
}

function mutatedBytes(): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  return fc.tuple(fc.constantFrom(...MESSAGES), changes).map(
    ([message, changes]) => {
      const bytes = new TextEncoder().encode(JSON.stringify(message));
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return bytes;
    },
  );
}

type Path = readonly string[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, child]) =>
    pathsIn(child, [...path, key])
  );
  return path.length === 0 ? inner : [path, ...inner];
}

function setAt(target: object, path: Path, value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) Reflect.set(target, key, value);
  else setAt(Reflect.get(target, key), rest, value);
}
