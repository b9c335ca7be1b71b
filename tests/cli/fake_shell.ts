/** A shell for tests: what a command reads is given, what it writes is kept. */
import type { Shell } from "../../src/cli/shell.ts";
import { readLimitedFile } from "../../src/cli/read_limited_file.ts";
import { runProgram } from "../../src/cli/program.ts";

/** How a command ended and what it wrote. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A shell with these variables and the real files. */
export class FakeShell implements Shell {
  readonly readFile = readLimitedFile;
  readonly env: (name: string) => string | undefined;
  written = "";
  complained = "";
  exitCode = 0;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.env = (name) => env[name];
  }

  out(text: string): void {
    this.written += text;
  }

  err(text: string): void {
    this.complained += text;
  }

  exitWith(code: number): void {
    this.exitCode = code;
  }
}

/** Runs `opsen` with these arguments in this process. */
export async function opsen(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const shell = new FakeShell(env);
  const code = await runProgram(args, shell);
  return { code, out: shell.written, err: shell.complained };
}
