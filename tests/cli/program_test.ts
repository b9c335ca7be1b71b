import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { COMMANDS } from "../../src/cli/commands.ts";
import { runProgram, runRole, wholeProgram } from "../../src/cli/program.ts";
import { FakeShell, opsen } from "./fake_shell.ts";

Deno.test("the version is the one of deno.json, however it is asked for", async () => {
  const { version } = denoJson;
  assert.deepEqual(await opsen(["version"]), {
    code: 0,
    out: `opsen ${version}\n`,
    err: "",
  });
  for (
    const args of [
      ["--version"],
      ["-V"],
      ["-version"],
      ["server", "-version"],
      ["client", "--version"],
    ]
  ) {
    assert.deepEqual(await opsen(args), {
      code: 0,
      out: `${version}\n`,
      err: "",
    }, args.join(" "));
  }
  const facts = JSON.parse((await opsen(["version", "--json"])).out);
  assert.equal(facts.version, version);
  assert.equal(facts.deno, Deno.version.deno);
});

Deno.test("help names every command, and no command at all is a usage error with the same help", async () => {
  const help = await opsen(["--help"]);
  assert.deepEqual([help.code, help.err], [0, ""]);
  for (const { name, summary } of COMMANDS) {
    assert.match(
      help.out,
      new RegExp(`^  ${name}\\b.*${summary.slice(0, 20)}`, "m"),
    );
  }
  assert.deepEqual(await opsen([]), { code: 64, out: "", err: help.out });
});

Deno.test("every command loads, explains itself, and its summary is one line that starts small", async () => {
  for (const { name, summary } of COMMANDS) {
    assert.match(summary, /^[a-z].*[^.]$/);
    for (const args of [[name, "--help"], ["help", name]]) {
      const help = await opsen(args);
      assert.deepEqual([help.code, help.err], [0, ""], name);
      assert.match(help.out, new RegExp(`^Usage: opsen ${name} `));
    }
  }
  assert.deepEqual(
    (await wholeProgram(new FakeShell())).commands.map((command) =>
      command.name()
    ),
    COMMANDS.map(({ name }) => name),
  );
});

Deno.test("typing errors are usage errors that say what was probably meant", async () => {
  const slips = [
    [["sevrer"], /unknown command 'sevrer'\n\(Did you mean server\?\)/],
    [
      ["server", "--prot", "5"],
      /unknown option '--prot'\n\(Did you mean --port\?\)/,
    ],
    [["server", "-prot", "5"], /\(Did you mean --port\?\)/],
    [
      ["client", "-servr-url=x"],
      /unknown option '--servr-url'\n\(Did you mean/,
    ],
    [["config", "chek"], /unknown command 'chek'\n\(Did you mean check\?\)/],
    [["server", "--port"], /option '--port <number>' argument missing/],
    [
      ["server", "extra"],
      /too many arguments for 'server'. Expected 0 arguments but got 1\n/,
    ],
    [
      ["config", "example", "--role", "x"],
      /Allowed choices are server, client/,
    ],
    [["config", "print", "--prot", "5"], /\(Did you mean --port\?\)/],
    [["completions", "powershell"], /Allowed choices are bash, fish, zsh/],
    [["completions"], /missing required argument 'shell'/],
  ] as const;
  for (const [args, message] of slips) {
    const { code, out, err } = await opsen(args);
    assert.deepEqual([code, out], [64, ""], args.join(" "));
    assert.match(err, message);
  }
});

Deno.test("a usage error never repeats the value of a flag", async () => {
  for (
    const args of [
      ["server", "--server-kye=hunter2"],
      ["server", "-server-kye=hunter2"],
      ["server", "--server-key", "a", "hunter2"],
      ["config", "check", "--server-kye=hunter2"],
      ["config", "check", "--server-key", "a", "hunter2"],
    ]
  ) {
    const { code, err } = await opsen(args);
    assert.equal(code, 64, args.join(" "));
    assert.ok(!err.includes("hunter2"), err);
  }
});

Deno.test("a role's own program is called as the role, and takes its flags", async () => {
  const shell = new FakeShell();
  assert.equal(await runRole("client", ["--help"], shell), 0);
  assert.match(shell.written, /^Usage: opsen-client \[options\]/);
  const wrong = new FakeShell();
  assert.equal(
    await runRole("server", ["-config", "/nonexistent/server.yml"], wrong),
    64,
  );
  assert.equal(
    wrong.complained,
    "/nonexistent/server.yml: found no such file, wanted a YAML file\n",
  );
});

Deno.test("what nobody expected is one line and exit code 70, with the stack for those who debug", async () => {
  class BrokenShell extends FakeShell {
    override out(): void {
      throw new Error("Cannot write\nanything");
    }
  }
  const shell = new BrokenShell();
  assert.equal(await runProgram(["version"], shell), 70);
  assert.equal(
    shell.complained,
    "Unexpected error: Error: Cannot write (OPSEN_LOG_LEVEL=debug shows more)\n",
  );
  const debugging = new BrokenShell({ OPSEN_LOG_LEVEL: "debug" });
  assert.equal(await runProgram(["version"], debugging), 70);
  assert.match(
    debugging.complained,
    /^Unexpected error: Error: Cannot write\nanything\n +at .+program_test/s,
  );
  for (const flags of [["--log-level", "debug"], ["-log-level=debug"]]) {
    const shell = new BrokenShell();
    await runProgram(["config", "print", ...flags], shell);
    assert.match(shell.complained, /\n +at /);
  }
});
