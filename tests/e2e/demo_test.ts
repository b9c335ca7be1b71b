import assert from "node:assert/strict";
import { type Ended, type OpsenProcess, startOpsen } from "./opsen_process.ts";

/** Long enough for the machines to report and for callers to be refused. */
const SECONDS = 14;
const URLS = /http:\/\/127\.0\.0\.1:\d+\S*/g;
const PLACED = /^(small|medium|large) +from .* -> \S+: score [\d.]+ = /m;
/** It is the third or so to be asked for, and wants cards that there are not, on a machine that has room otherwise. */
const REFUSED =
  /^gpu-training +from .* -> refused: \d+ × (cores|memory|storage).* \d+ × gpu_/m;
const ON_GPU = /^gpu-inference +from .* -> \S+, GPU \d+: score /m;
const GPU_LINE = /^large-idle +2 .* 48 GB AMD Radeon Pro W7900$/m;

Deno.test("the demo shows placements and refusals on a pipe, and leaves nothing behind, also when it is interrupted", async () => {
  await using whole = await startDemo();
  await using started = await startDemo();
  await using early = await startDemo();
  await Promise.all([
    endsByItself(whole),
    (async () => {
      await started.process.said(PLACED);
      started.process.kill("SIGINT");
      const ended = await endsClean(started);
      assert.match(ended.stdout, /^Decisions: [1-9]\d* placed \(\S+ \d+/m);
      // Whether a refusal came before the end is chance, and the exit code says it.
      const isComplete = /-> refused: \d/.test(ended.stdout);
      assert.equal(ended.code, isComplete ? 0 : 1);
    })(),
    (async () => {
      await early.process.said(/medium-full-disk +http/);
      early.process.kill("SIGINT");
      const ended = await endsClean(early);
      assert.equal(ended.code, 1);
      assert.match(ended.stdout, /^Decisions: 0 placed \(none\)$/m);
    })(),
  ]);
});

async function endsByItself(demo: Demo): Promise<void> {
  await demo.process.said(PLACED);
  const said = demo.process.output().stdout;
  assert.match(said, /^ +dashboard +http:\S+\/_opsen\/ui /m);
  const urls = urlsOf(said);
  assert.equal(urls.length, 7);
  // Its own folder, and the one of the server's private socket.
  assert.equal([...Deno.readDirSync(demo.folder)].length, 2);
  for (const url of urls) {
    const response = await fetch(url);
    const text = await response.text();
    assert.equal(response.status, 200, url);
    if (url.endsWith("/_opsen/ui")) assert.match(text, /<!doctype html>/i);
    if (url.endsWith("/clients")) {
      const hosts = JSON.parse(text).map(
        ({ hostname }: { hostname: string }) => hostname,
      );
      assert.deepEqual(hosts.toSorted(), [
        "large-idle",
        "medium-full-disk",
        "small-busy",
        "this-machine",
      ]);
    }
  }
  const { code, stdout } = await endsClean(demo);
  assert.equal(code, 0);
  assert.match(stdout, PLACED);
  assert.match(stdout, REFUSED);
  assert.match(stdout, /^large-idle +64 .* yes$/m);
  assert.match(stdout, ON_GPU);
  assert.match(stdout, GPU_LINE);
  assert.match(stdout, /^Decisions: [1-9]\d* placed \(\S+ \d+/m);
  assert.match(stdout, /^Refusals: +[1-9]\d* \(passed over: cores \d+/m);
  assert.doesNotMatch(stdout, /^Failed calls/m);
}

/** It said nothing that a pipe can't take, nothing listens any more, and its folder is gone. */
async function endsClean(demo: Demo): Promise<Ended> {
  const ended = await demo.process.ended();
  assert.equal(ended.stderr, "");
  assert.equal(ended.signal, null);
  assert.ok(!ended.stdout.includes("\x1b"));
  for (const url of urlsOf(ended.stdout)) {
    await assert.rejects(fetch(url), url);
  }
  assert.deepEqual([...Deno.readDirSync(demo.folder)], []);
  return ended;
}

interface Demo extends AsyncDisposable {
  readonly process: OpsenProcess;
  /** Where it may put its temporary folder. */
  readonly folder: string;
}

async function startDemo(): Promise<Demo> {
  const folder = await Deno.makeTempDir({ prefix: "opsen-e2e-" });
  const process = await startOpsen(["demo", "--seconds", String(SECONDS)], {
    env: { TMPDIR: folder },
  });
  return {
    process,
    folder,
    async [Symbol.asyncDispose]() {
      await process.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function urlsOf(output: string): string[] {
  return output.match(URLS) ?? [];
}
