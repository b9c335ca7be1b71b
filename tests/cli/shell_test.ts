import assert from "node:assert/strict";
import { systemShell } from "../../src/cli/shell.ts";
import { opsenCommand } from "../e2e/opsen_process.ts";
import { toolTest } from "../tools.ts";

Deno.test("the process's shell knows its variables and remembers how a command ended", () => {
  const shell = systemShell();
  assert.equal(shell.env("PATH"), Deno.env.get("PATH"));
  assert.equal(shell.env("OPSEN_NO_SUCH_VARIABLE"), undefined);
  assert.equal(shell.exitCode, 0);
  shell.exitWith(3);
  assert.equal(shell.exitCode, 3);
});

toolTest("bash", "a reader that goes early is no error", async () => {
  const [program, ...args] = opsenCommand();
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      '"$@" config example | head -n 1; echo "${PIPESTATUS[0]}"',
      "bash",
      program,
      ...args,
    ],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  assert.match(text.decode(stdout), /^## .+\n0\n$/);
  assert.equal(text.decode(stderr), "");
});
