import assert from "node:assert/strict";
import { removeDeadSockets } from "../../src/server/dead_sockets.ts";

Deno.test("a socket that nobody listens on goes with its folder, everything else stays", async () => {
  const around = await Deno.makeTempDir();
  try {
    const folders = ["opsen-dead", "opsen-live", "opsen-own", "opsen-other"];
    for (const name of [...folders, "else-dead"]) {
      await Deno.mkdir(`${around}/${name}`);
    }
    // Deno removes a socket's file when its listener closes: a link keeps it, as a killed process would.
    for (const name of ["opsen-dead", "else-dead"]) {
      const path = `${around}/${name}/once`;
      const listener = Deno.listen({ transport: "unix", path });
      await Deno.link(path, `${around}/${name}/api`);
      listener.close();
    }
    await Deno.writeTextFile(`${around}/opsen-other/api`, "no socket");
    const path = `${around}/opsen-live/api`;
    using _live = Deno.listen({ transport: "unix", path });
    await removeDeadSockets(`${around}/opsen-own`);
    const left = Array.from(Deno.readDirSync(around), ({ name }) => name);
    assert.deepEqual(left.toSorted(), [
      ...["else-dead", "opsen-live", "opsen-other", "opsen-own"],
    ]);
  } finally {
    await Deno.remove(around, { recursive: true });
  }
});

Deno.test("a folder that is not there is nothing to tidy up", async () => {
  await removeDeadSockets("/nowhere/opsen-own");
});
