import assert from "node:assert/strict";
import { toolTest } from "../tools.ts";
import { opsen } from "./fake_shell.ts";

/** What is typed, the last word being completed, and what must be among the offers; nothing must be with "". */
const ROWS: readonly (readonly [readonly string[], string])[] = [
  [["se"], "server"],
  [["config", "ch"], "check"],
  [["server", "--po"], "--port"],
  [["server", "--d"], "--db"],
  [["server", "--log-level", "d"], "debug"],
  [["client", "--port", "1", "--log-level", "w"], "warn"],
  [["config", "check", "--role", "c"], "client"],
  [["completions", "z"], "zsh"],
  [["wh"], "why"],
  [["route", "--ex"], "--explain"],
  [["leases", "rel"], "release"],
  [["leases", "release", "--ser"], "--server"],
  [["top", "--sort", "m"], "memory"],
  [["sticky", "rem"], "remove"],
  [["clients", "--context", "pr"], "prod"],
  [["context", "use", "pr"], "prod"],
];

/** Stands for the program that a script asks for the names of contexts. */
const STAND_IN = "opsen() { echo prod; }\n";

/** Runs a script in a shell; what it prints, by line. */
async function linesOf(
  program: string,
  args: readonly string[],
  script: string,
): Promise<string[]> {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, script);
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...args, path],
      stdin: "null",
    }).output();
    const complaint = new TextDecoder().decode(stderr);
    assert.deepEqual([code, complaint], [0, ""]);
    return new TextDecoder().decode(stdout).split("\n");
  } finally {
    Deno.removeSync(path);
  }
}

toolTest(
  "bash",
  "bash can source its completions and completes commands, flags and words",
  async () => {
    const { out } = await opsen(["completions", "bash"]);
    for (const [words, wanted] of ROWS) {
      const script = `set -eu\n${STAND_IN}${out}\nCOMP_WORDS=(opsen ${
        words.join(" ")
      }); COMP_CWORD=${words.length}; _opsen; printf '%s\\n' "\${COMPREPLY[@]}"`;
      assert.ok(
        (await linesOf("bash", ["--norc"], script)).includes(wanted),
        words.join(" "),
      );
    }
    const empty =
      `set -eu\n${out}\nCOMP_WORDS=(opsen server --port ""); COMP_CWORD=3; _opsen; echo "\${#COMPREPLY[@]}"`;
    assert.deepEqual(await linesOf("bash", ["--norc"], empty), ["0", ""]);
  },
);

toolTest(
  "zsh",
  "zsh can source its completions and completes commands, flags and words",
  async () => {
    const { out } = await opsen(["completions", "zsh"]);
    const stand = `${STAND_IN}compdef() { : }
_describe() { print -rl -- \${(P)2} }
compadd() { print -rl -- "$@" }
_files() { print files }
`;
    for (const [words, wanted] of ROWS) {
      const script = `${stand}${out}\nwords=(opsen ${
        words.join(" ")
      }); CURRENT=${words.length + 1}; _opsen`;
      const offered = await linesOf("zsh", ["-f"], script);
      assert.ok(
        offered.some((line) =>
          line === wanted || line.startsWith(`${wanted}:`)
        ),
        words.join(" "),
      );
    }
  },
);

toolTest(
  "fish",
  "fish can source its completions and completes commands, flags and words",
  async () => {
    const { out } = await opsen(["completions", "fish"]);
    for (const [words, wanted] of ROWS) {
      const offered = await linesOf(
        "fish",
        ["-N"],
        `function opsen; echo prod; end\n${out}\ncomplete -C "opsen ${
          words.join(" ")
        }"`,
      );
      assert.ok(
        offered.some((line) => line.split("\t")[0] === wanted),
        words.join(" "),
      );
    }
  },
);
