import assert from "node:assert/strict";
import { startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { FakeLogger } from "../fakes/logger.ts";

/** More than are gone before a server that is stopped at once has begun to stop. */
const DEAD = 60;

Deno.test("a server that is stopped at once has ended its tidying up", async () => {
  const around = await Deno.makeTempDir();
  const before = Deno.env.get("RUNTIME_DIRECTORY");
  try {
    for (let i = 0; i < DEAD; i++) {
      await leaveDeadSocket(`${around}/opsen-${i}`);
    }
    Deno.env.set("RUNTIME_DIRECTORY", around);
    const config = await serverConfig("host: 127.0.0.1\nport: 0\n");
    const world = { logger: new FakeLogger(), databasePath: ":memory:" };
    await (await startServer(config, world))[Symbol.asyncDispose]();
    assert.deepEqual(Array.from(Deno.readDirSync(around)), []);
  } finally {
    if (before === undefined) Deno.env.delete("RUNTIME_DIRECTORY");
    else Deno.env.set("RUNTIME_DIRECTORY", before);
    await Deno.remove(around, { recursive: true });
  }
});

/** Deno removes a socket's file when its listener closes: a link keeps it, as a killed process would. */
async function leaveDeadSocket(folder: string): Promise<void> {
  await Deno.mkdir(folder);
  const path = `${folder}/once`;
  const listener = Deno.listen({ transport: "unix", path });
  await Deno.link(path, `${folder}/api`);
  listener.close();
}
