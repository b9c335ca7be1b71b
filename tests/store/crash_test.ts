import assert from "node:assert/strict";
import { SqliteHome } from "./store_home.ts";

/** Acknowledged rounds before the process is killed. */
const ROUNDS = 40;

Deno.test("what was acknowledged is there after a kill -9", async () => {
  await using home = new SqliteHome();
  const acknowledged = await runAndKill(home.path);
  assert.ok(acknowledged >= ROUNDS);

  await using store = home.open({ maxSticky: 1_000_000 });
  const { backends, sticky, leases } = store.load();
  const numbers = new Set(leases.map(({ id }) => id));
  const ids = new Set(backends.map(({ registration: { id } }) => id));
  const sessions = new Set(sticky.map(({ stickyId }) => stickyId));
  const trust = store.loadTrust();
  const names = new Set(trust.keys.map(({ name }) => name));
  assert.ok((trust.tokens[0]?.uses ?? 0) >= acknowledged - 1);
  const lines = new Set(
    store.audit({
      ...{ sinceMs: 0, actor: undefined, action: undefined },
      limit: 1_000_000,
    }).map(({ requestId }) => requestId),
  );
  for (let number = 0; number < acknowledged; number++) {
    assert.ok(names.has(`agent:${number}`));
    assert.ok(lines.has(`${number}`));
    assert.ok(ids.has(`backend ${number}`));
    assert.ok(numbers.has(number + 1));
    for (let i = 0; i < 10; i++) {
      assert.ok(sessions.has(`session ${number}.${i}`));
    }
  }
  assert.deepEqual(home.logger.lines, []);
});

/** Kills the writing process in the middle and returns how many rounds it said were durable. */
async function runAndKill(path: string): Promise<number> {
  const script = new URL("./crash_child.ts", import.meta.url).pathname;
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-write", script, path],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  let isKilled = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    if (isKilled || output.split("\n").length <= ROUNDS) continue;
    child.kill("SIGKILL");
    isKilled = true;
  }
  await child.status;
  const rounds = output.split("\n").slice(0, -1);
  assert.ok(rounds.every((round) => round.endsWith(" true")), output);
  return rounds.length;
}
