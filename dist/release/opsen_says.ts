/** Runs a command of this checkout in this process and keeps what it prints: examples, schemas, completions. */
import { runProgram } from "../../src/cli/program.ts";
import { readLimitedFile } from "../../src/cli/read_limited_file.ts";

/** What `opsen ARGS` prints. */
export async function opsenSays(args: readonly string[]): Promise<string> {
  const out: string[] = [];
  const err: string[] = [];
  let exitCode = 0;
  const code = await runProgram(args, {
    env: () => undefined,
    readFile: readLimitedFile,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    exitWith: (code) => void (exitCode = code),
    get exitCode() {
      return exitCode;
    },
  });
  if (code === 0) return out.join("");
  throw new Error(
    `Cannot run "opsen ${args.join(" ")}": exit code ${code}, ${err.join("")}`,
  );
}
