/** The two servers that are compared: Opsen with a fleet, and an empty handler behind the same edge. */
import { fileURLToPath } from "node:url";
import { startOpsen } from "../../e2e/opsen_process.ts";
import { freePort } from "../../free_port.ts";
import type { Proxy } from "../proxy/contestants.ts";
import { startProgram } from "../proxy/program.ts";
import { ASK, SESSION_FIELD } from "./asks.ts";
import { introduceFleet } from "./large_fleet.ts";

const EMPTY_SERVER = fileURLToPath(
  new URL("./empty_server.ts", import.meta.url),
);
/** As long as one run: what is booked in it fits the fleet at any speed in sight. */
const HOLD_SECONDS = 5;
/** What the empty handler answers. */
const NO_CONTENT = 204;

/** Opsen, with backends that no number of asks fills. */
export async function startRoute(folder: string): Promise<Proxy> {
  const { url, config } = await configured(folder, "route");
  const process = await startOpsen(["server", "--config", config], {
    ready: `${url}/health`,
  });
  const refresh = () => introduceFleet(url);
  try {
    await refresh();
    await checkAnswers(url);
  } catch (error) {
    await process.stop();
    throw error;
  }
  return {
    url,
    pid: process.pid,
    refresh,
    async [Symbol.asyncDispose]() {
      await process.stop();
    },
  };
}

/** The empty handler. */
export async function startEmpty(folder: string): Promise<Proxy> {
  const { url, config, port } = await configured(folder, "empty");
  const process = await startProgram({
    program: Deno.execPath(),
    args: ["run", "-A", EMPTY_SERVER, config],
    port,
  });
  const { status } = await ask(url);
  if (status !== NO_CONTENT) {
    await process[Symbol.asyncDispose]();
    throw new Error(`The empty handler answered ${status}`);
  }
  return {
    url,
    pid: process.pid,
    refresh: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** Throws when an answer does not name one of the backends, or a session is sent somewhere else the second time. */
async function checkAnswers(url: string): Promise<void> {
  await backendOf(await ask(url));
  const first = await backendOf(await ask(url, "first"));
  const second = await backendOf(await ask(url, "first"));
  if (first !== second) {
    throw new Error(`A session moved from ${first} to ${second}`);
  }
}

async function backendOf(response: Response): Promise<string> {
  const text = await response.text();
  const id = /"client_id":"(bench-\d+)"/.exec(text)?.[1];
  if (response.status === 200 && id !== undefined) return id;
  throw new Error(`POST /route: ${response.status} ${text}`);
}

async function ask(url: string, session?: string): Promise<Response> {
  return await fetch(`${url}/route`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(session !== undefined && { [SESSION_FIELD]: session }),
    },
    body: ASK,
  });
}

/** Writes a configuration that both take; only port and database differ. */
async function configured(folder: string, name: string) {
  const port = freePort();
  const config = `${folder}/${name}.yml`;
  await Deno.writeTextFile(
    config,
    [
      "host: 127.0.0.1",
      `port: ${port}`,
      `database: ${folder}/${name}.db`,
      "log_level: warn",
      "access_log: off",
      "rate_limit_per_minute: 0",
      `sticky_header: ${SESSION_FIELD}`,
      // Asks without a session book room that nobody takes; soon it comes back.
      `pending_allocation_timeout_seconds: ${HOLD_SECONDS}`,
      "tiers:",
      "  - { name: bench, vcpu: 1, memory_gb: 1, storage_gb: 1 }",
      "",
    ].join("\n"),
  );
  return { port, config, url: `http://127.0.0.1:${port}` };
}
