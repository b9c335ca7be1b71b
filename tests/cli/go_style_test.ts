import assert from "node:assert/strict";
import { Command } from "commander";
import { withTwoDashes } from "../../src/cli/go_style.ts";

const PROGRAM = new Command("opsen").option("-V, --version", "");
PROGRAM.command("server")
  .option("--config <file>", "")
  .option("--port <number>", "")
  .option("--ui [value]", "")
  .option("-n <count>", "");

/** Arguments before and after. */
const ROWS: readonly (readonly [string, string])[] = [
  ["server -config a.yml -port 9000", "server --config a.yml --port 9000"],
  ["server -config=a.yml -port=9000", "server --config=a.yml --port=9000"],
  ["server --config a.yml", "server --config a.yml"],
  ["-version", "--version"],
  ["-V -h", "-V -h"],
  ["server -config -port", "server --config -port"],
  ["server --config -- -port 1", "server --config -- --port 1"],
  ["server -- -port 1", "server -- -port 1"],
  ["server -ui -port 1", "server --ui --port 1"],
  ["server -ui=false", "server --ui=false"],
  ["server -prot 1", "server --prot 1"],
  ["server --prot=1=2", "server --prot 1=2"],
  ["server -port -1", "server --port -1"],
  ["server -n5", "server -n5"],
  ["server - -1 -x", "server - -1 -x"],
];

for (const [before, after] of ROWS) {
  Deno.test(`"${before}" is read as "${after}"`, () => {
    assert.deepEqual(
      withTwoDashes(before.split(" "), PROGRAM),
      after.split(" "),
    );
  });
}

Deno.test("an unknown flag is parted from a value of several lines too", () => {
  assert.deepEqual(withTwoDashes(["--nonsense=a\nb"], PROGRAM), [
    "--nonsense",
    "a\nb",
  ]);
});
