import assert from "node:assert/strict";
import { DrainFile } from "../../src/agent/drain_file.ts";
import { TemporaryTree } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { LeapingTime } from "./leaping_time.ts";

/** Watches a file while `acts` happen, one before each look; what was seen after each. */
async function watch(path: string, acts: readonly (() => void)[]) {
  const time = new LeapingTime();
  const logger = new FakeLogger();
  const controller = new AbortController();
  const seen: boolean[] = [];
  let changes = 0;
  const onChange = () => void changes++;
  const { sleep } = time;
  const file = new DrainFile({ path, onChange, sleep, logger });
  const atFirst = file.isThere;
  let looks = 0;
  time.onWait(() => {
    if (looks > 0) seen.push(file.isThere);
    const act = acts[looks++];
    if (act === undefined) controller.abort();
    else act();
  });
  await file.run(controller.signal);
  return { atFirst, seen, changes, logger, waits: time.waits };
}

function nothing() {}

Deno.test("a drain file is seen within a second of appearing and of going", async () => {
  using tree = new TemporaryTree();
  const path = `${tree.root}/drain`;
  const { atFirst, seen, changes, logger, waits } = await watch(path, [
    nothing,
    () => Deno.writeTextFileSync(path, ""),
    nothing,
    () => Deno.removeSync(path),
  ]);
  assert.equal(atFirst, false);
  assert.deepEqual(seen, [false, true, true, false]);
  assert.equal(changes, 2);
  assert.ok(waits.every((ms) => ms <= 1000));
  assert.deepEqual(logger.messages("info"), [
    `Draining: "${path}" is there, so this machine takes no new sessions`,
    `In service again: "${path}" is gone`,
  ]);
  assert.deepEqual(logger.messages("warn"), []);
});

Deno.test("a drain file that is there at the start counts before the first message", async () => {
  using tree = new TemporaryTree();
  tree.write("drain", "");
  const { atFirst, changes } = await watch(`${tree.root}/drain`, [nothing]);
  assert.equal(atFirst, true);
  assert.equal(changes, 0);
});

Deno.test("a path that can't be looked at is said once and does not drain", async () => {
  using tree = new TemporaryTree();
  tree.write("file", "");
  const path = `${tree.root}/file/drain`;
  const { seen, logger } = await watch(path, [nothing, nothing, nothing]);
  assert.deepEqual(seen, [false, false, false]);
  const [said, ...more] = logger.messages("warn");
  assert.match(said ?? "", /^Cannot look for the drain file ".*so it counts/);
  assert.deepEqual(more, []);
});

Deno.test("a machine that drains goes on draining while its file can't be looked for", async () => {
  using tree = new TemporaryTree();
  tree.write("folder/drain", "");
  const folder = `${tree.root}/folder`;
  const away = `${tree.root}/away`;
  const path = `${folder}/drain`;
  const { seen, changes, logger } = await watch(path, [
    nothing,
    () => {
      Deno.renameSync(folder, away);
      Deno.writeTextFileSync(folder, "");
    },
    nothing,
    () => {
      Deno.removeSync(folder);
      Deno.mkdirSync(folder);
    },
    nothing,
  ]);
  assert.deepEqual(seen, [true, true, true, false, false]);
  assert.equal(changes, 1);
  const [said, ...more] = logger.messages("warn");
  assert.match(said ?? "", /so it counts as there, as before: /);
  assert.deepEqual(more, []);
  assert.deepEqual(logger.messages("info").slice(1), [
    `In service again: "${path}" is gone`,
  ]);
});

Deno.test("without a path nothing is watched", async () => {
  const { atFirst, waits } = await watch("", [nothing]);
  assert.equal(atFirst, false);
  assert.deepEqual(waits, []);
});
