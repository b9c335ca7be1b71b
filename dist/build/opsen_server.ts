/**
 * Entry of `opsen-server`. The role is built in: the runtime of a self-extracting executable is a file of another name,
 * so that the program could not tell from it what it was started as.
 */
import { runRole } from "../../src/cli/program.ts";
import { systemShell } from "../../src/cli/shell.ts";

Deno.exit(await runRole("server", Deno.args, systemShell()));
