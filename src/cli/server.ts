/** `opsen server`. */
import { SERVER_ROLE } from "../config/server_keys.ts";
import type { Register } from "./command.ts";
import { addConfigFlags } from "./config_flags.ts";
import { startServer } from "./start_server.ts";
import { VERSION } from "./version.ts";

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  const flags = addConfigFlags(command, SERVER_ROLE);
  command
    .version(VERSION, "-V, --version", "print the version")
    .action(async () => shell.exitWith(await startServer(flags(), shell)));
};
