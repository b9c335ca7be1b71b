/**
 * What `POST /route` is measured against, as a process: the same edge with the same settings, and behind it a Hono
 * handler that does nothing.
 *
 *     deno run -A tests/bench/route/empty_server.ts server.yml
 */
import { Hono } from "hono";
import { readLimitedFile } from "../../../src/cli/read_limited_file.ts";
import { loadServerConfig } from "../../../src/config/load_server_config.ts";
import { Edge } from "../../../src/edge/edge.ts";
import { Resolver } from "../../../src/edge/resolver.ts";
import { Balancer } from "../../../src/engine/balancer.ts";
import {
  connectionsMax,
  edgeSettings,
} from "../../../src/server/door_settings.ts";
import { openDriver } from "../../../src/server/driver.ts";
import { listenAddress, listenOn } from "../../../src/server/listening.ts";
import {
  aborted,
  privateSocket,
  systemClock,
  systemRandom,
  untilEndSignal,
} from "../../../src/lifecycle.ts";
import { createLogger } from "../../../src/log/create_logger.ts";
import { OPTIONS } from "../../engine/fleets.ts";
import { MemoryStore } from "../../fakes/memory_store.ts";

const [configPath] = Deno.args;
const loaded = await loadServerConfig({
  configPath,
  flags: [],
  env: () => undefined,
  readFile: readLimitedFile,
});
if (loaded.kind === "invalid") throw new Error(loaded.problems.join("\n"));
const { config } = loaded;
await using logger = createLogger({ level: "warn", json: false });
using end = untilEndSignal(logger);
using socket = privateSocket();

const app = new Hono().post("/route", (context) => context.body(null, 204));
await using _api = Deno.serve(
  { path: socket.path, onListen: () => {} },
  (request) => app.fetch(request),
);
await using opened = await openDriver(
  config,
  { caCerts: [], skipVerify: false },
  logger,
  systemClock,
);
const edge = new Edge({
  settings: edgeSettings(config, connectionsMax(config, undefined, logger)),
  driver: opened.driver,
  prepareTls: opened.prepareTls,
  resolver: new Resolver(() => systemClock.monotonicMs()),
  apiSocket: socket.path,
  balancer: new Balancer(OPTIONS),
  store: new MemoryStore(),
  locator: { locate: () => undefined },
  logger,
  clock: systemClock,
  random: systemRandom,
});
listenOn(edge, await listenAddress(config, undefined));
await aborted(end.signal);
await edge.ended(1000);
