/** `opsen client`. */
import { CLIENT_ROLE } from "../config/client_keys.ts";
import type { Register } from "./command.ts";
import { addConfigFlags } from "./config_flags.ts";
import { startClient } from "./start_client.ts";
import { VERSION } from "./version.ts";

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  const flags = addConfigFlags(command, CLIENT_ROLE);
  command
    .version(VERSION, "-V, --version", "print the version")
    .action(async () => shell.exitWith(await startClient(flags(), shell)));
};
