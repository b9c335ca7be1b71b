/**
 * What a scrape of 1,000 backends with GPUs does to the requests beside it: a server in this isolate, a caller in a worker
 * that asks `POST /route`, first alone, then while another one scrapes every 200 ms.
 * `deno run -A tests/bench/scrape.ts`
 */
import { startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { registerMessage, statsMessage } from "../e2e/machine_messages.ts";
import { FakeLogger } from "../fakes/logger.ts";
import type { Measured, Order } from "./scrape_caller.ts";

const BACKENDS = 1000;
const SECONDS = 10;
/** Asks leave the server idle for most of the time: what a scrape adds is seen then, not what a queue adds. */
const ASK_PAUSE_MS = 2;
const SCRAPE_PAUSE_MS = 200;

const config = await serverConfig(
  "host: 127.0.0.1\nport: 0\nrate_limit_per_minute: 0\nsticky_header: X-Session\n",
);
await using server = await startServer(config, {
  logger: new FakeLogger(),
  databasePath: ":memory:",
});
const url = `http://127.0.0.1:${server.address.port}`;
for (let index = 0; index < BACKENDS; index++) {
  const machine = { vramFreeGb: [20, 20, 20, 20] };
  await post("/register", registerMessage(`b${index}`, machine));
  await post("/stats", statsMessage(`b${index}`, machine));
}

for (const isScraped of [false, true, false, true]) {
  const [asks, scrapes] = await Promise.all([
    called("ask", ASK_PAUSE_MS),
    isScraped ? called("scrape", SCRAPE_PAUSE_MS) : undefined,
  ]);
  console.log(JSON.stringify({ asks, scrapes }));
}

async function post(path: string, message: object): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
  });
  await response.body?.cancel();
}

async function called(
  what: Order["what"],
  pauseMs: number,
): Promise<Measured> {
  const worker = new Worker(new URL("scrape_caller.ts", import.meta.url), {
    type: "module",
  });
  const ended = Promise.withResolvers<Measured>();
  worker.onmessage = ({ data }) => ended.resolve(data);
  const order: Order = { url, seconds: SECONDS, what, pauseMs };
  worker.postMessage(order);
  const measured = await ended.promise;
  worker.terminate();
  return measured;
}
