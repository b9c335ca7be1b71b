/**
 * `deno task soak [--seconds N] [--seed N]`: mixed traffic through a real server, with each driver in turn, while
 * backends are killed and callers leave. Afterwards nothing may be left of it: files, holds, memory. Ends with 1 when
 * something is, with 64 when it is called wrongly. Linux only: it reads /proc.
 */
import { parseArgs } from "node:util";
import {
  type DriverName,
  DRIVERS,
  join,
  ProxyStage,
} from "../e2e/proxy_stage.ts";
import type { TestServer } from "../e2e/server_home.ts";
import { Chance } from "../fuzz/chance.ts";
import { callUntil, type Deeds } from "./callers.ts";
import { Fleet } from "./fleet.ts";
import { type Held, heldBy, megabytes } from "./held.ts";

const EXIT_USAGE = 64;
const SECONDS = 60;
/** The part of the time in which caches, pools and the heap grow to what this traffic needs. */
const WARM_UP_SHARE = 0.5;
const KILL_EVERY_MS = 2_000;
/** Idle connections are closed after it, so that they don't count as left over. */
const IDLE_SECONDS = 2;
const QUIET_MS = 15_000;
const POLL_MS = 200;
/** A connection of whoever looks, and what the runtime opens now and then. */
const FILES_SPARE = 4;
/** What the collector may leave between two looks; after a warm-up of a few seconds the heap has not settled yet. */
const RSS_SPARE_BYTES = 48_000_000;

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs the soak; the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: "string" }, seed: { type: "string" } },
    strict: false,
  });
  const seconds = Number(values.seconds ?? SECONDS);
  const seed = Number(values.seed ?? Date.now() % 1e6);
  if (!(seconds > 0) || !Number.isInteger(seed)) {
    console.error("Usage: deno task soak [--seconds N] [--seed N]");
    return EXIT_USAGE;
  }
  console.log(`Soaking for ${seconds} s, callers' choices from seed ${seed}`);
  let code = 0;
  for (const driver of DRIVERS) {
    const complaints = await soak(
      driver,
      seconds * 1000 / DRIVERS.length,
      new Chance(seed),
    );
    for (const complaint of complaints) console.error(`FAIL ${complaint}`);
    if (complaints.length > 0) code = 1;
  }
  console.log(code === 0 ? "Nothing is left over" : "Something is left over");
  return code;
}

async function soak(
  driver: DriverName,
  durationMs: number,
  chance: Chance,
): Promise<readonly string[]> {
  await using stage = new ProxyStage(driver);
  await using fleet = new Fleet();
  await fleet.start();
  const server = await stage.start({ idle_timeout_seconds: IDLE_SECONDS });
  for (const port of fleet.ports) {
    await join(server, `at-${port}`, { to: `http://127.0.0.1:${port}` });
  }
  const deeds: Deeds = new Map();
  const fresh = await heldBy(server);
  await traffic(server, fleet, durationMs * WARM_UP_SHARE, chance, deeds);
  const before = await atRest(server, fleet, fresh);
  await traffic(server, fleet, durationMs * (1 - WARM_UP_SHARE), chance, deeds);
  const after = await atRest(server, fleet, fresh);
  report(driver, deeds, { fresh, before, after });
  const complaints: string[] = [];
  if (after.holds > 0) complaints.push(`${after.holds} holds are left`);
  if (after.files > fresh.files + FILES_SPARE) {
    complaints.push(`${after.files - fresh.files} files are left open`);
  }
  if (after.rssBytes > before.rssBytes + RSS_SPARE_BYTES) {
    complaints.push(
      `memory grew from ${megabytes(before.rssBytes)} to ${
        megabytes(after.rssBytes)
      }`,
    );
  }
  for (const [name, { done }] of deeds) {
    if (done === 0) complaints.push(`"${name}" never came to its end`);
  }
  const { stdout, stderr } = await server.process.stop();
  const errors = (stdout + stderr).match(/^.* ERROR .*$/gm) ?? [];
  complaints.push(...errors.slice(0, 3));
  return complaints.map((complaint) => `${driver}: ${complaint}`);
}

async function traffic(
  server: TestServer,
  fleet: Fleet,
  durationMs: number,
  chance: Chance,
  deeds: Deeds,
): Promise<void> {
  const deadline = performance.now() + durationMs;
  const calling = callUntil(deadline, server.port, chance, deeds);
  while (performance.now() + KILL_EVERY_MS < deadline) {
    await new Promise((resolve) => setTimeout(resolve, KILL_EVERY_MS));
    await fleet.killOne(chance.below(fleet.ports.length));
  }
  await calling;
}

/**
 * What the server holds once it is as idle as it was, or when that does not come. Backends that go away take the
 * connections along that wait for further requests.
 */
async function atRest(
  server: TestServer,
  fleet: Fleet,
  fresh: Held,
): Promise<Held> {
  await fleet.killAll();
  await fleet.start();
  const deadline = performance.now() + QUIET_MS;
  for (;;) {
    const held = await heldBy(server);
    const isQuiet = held.holds === 0 && held.files <= fresh.files + FILES_SPARE;
    if (isQuiet || performance.now() > deadline) return held;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function report(
  driver: DriverName,
  deeds: Deeds,
  states: Readonly<Record<string, Held>>,
): void {
  console.log(`\n${driver}`);
  for (const [name, { done, failed }] of deeds) {
    console.log(`  ${name.padEnd(18)} ${done} done, ${failed} broken off`);
  }
  for (const [name, { files, holds, rssBytes }] of Object.entries(states)) {
    console.log(
      `  ${name.padEnd(18)} ${files} files, ${holds} holds, ${
        megabytes(rssBytes)
      }`,
    );
  }
}
