/**
 * What a scrape of 1,000 backends with GPUs does to the requests beside it: a server in this isolate, a caller in a worker
 * that asks `POST /route` all the time, first alone, then with a scrape every 200 ms.
 * `deno run -A tests/bench/scrape.ts`
 */
import { startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { registerMessage, statsMessage } from "../e2e/machine_messages.ts";
import { FakeLogger } from "../fakes/logger.ts";
import type { Measured } from "./scrape_caller.ts";

const BACKENDS = 1000;
const SECONDS = 10;

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

for (const scrapeEveryMs of [0, 200, 0, 200]) {
  const measured = await phase(scrapeEveryMs);
  console.log(
    scrapeEveryMs === 0 ? "without scrapes" : "with scrapes",
    JSON.stringify(measured),
  );
}

async function post(path: string, message: object): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
  });
  await response.body?.cancel();
}

async function phase(scrapeEveryMs: number): Promise<Measured> {
  const worker = new Worker(new URL("scrape_caller.ts", import.meta.url), {
    type: "module",
  });
  const ended = Promise.withResolvers<Measured>();
  worker.onmessage = ({ data }) => ended.resolve(data);
  worker.postMessage({ url, seconds: SECONDS, scrapeEveryMs });
  const measured = await ended.promise;
  worker.terminate();
  return measured;
}
