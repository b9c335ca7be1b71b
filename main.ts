/** Opsen: argv in, exit code out. */
import { runProgram, runRole } from "./src/cli/program.ts";
import { systemShell } from "./src/cli/shell.ts";

if (import.meta.main) {
  const name = programName();
  const shell = systemShell();
  Deno.exit(
    name === "opsen-server" || name === "opsen-client"
      ? await runRole(
        name === "opsen-server" ? "server" : "client",
        Deno.args,
        shell,
      )
      : await runProgram(Deno.args, shell),
  );
}

/** Name of the executable; a copy or link called `opsen-server` runs that role. */
function programName(): string {
  try {
    return Deno.execPath().replace(/^.*[\\/]/, "").replace(/\.exe$/i, "");
  } catch {
    return "opsen";
  }
}
