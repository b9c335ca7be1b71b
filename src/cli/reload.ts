/** `opsen reload`: a server loads its configuration again, and tells what came of it. */
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import {
  CONFIG_EXIT_HELP,
  RELOAD_TIMEOUT_SECONDS,
  reloadCall,
} from "./reload_call.ts";
import type { AskOptions } from "./server_answer.ts";

interface ReloadOptions extends AskOptions {
  readonly force?: boolean;
}

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command, RELOAD_TIMEOUT_SECONDS)
    .option(
      "--force",
      "load it also when it is what it was, or what was rolled back",
    )
    .option("--json", "print JSON as POST /_opsen/config/reload answers it")
    .addHelpText("after", CONFIG_EXIT_HELP)
    .action((options: ReloadOptions) =>
      reloadCall(
        {
          path: "/_opsen/config/reload",
          body: options.force ? { force: true } : {},
        },
        options,
        shell,
      )
    );
};
