/** `opsen cert`: makes a certificate for a start, and tells what a certificate is. */
import { inspect, type InspectOptions } from "./cert_inspect.ts";
import { makeSelfSigned, type SelfSignedOptions } from "./cert_self_signed.ts";
import type { Register } from "./command.ts";

/** Adds the subcommands, their flags and what they do. */
export const register: Register = (command, shell) => {
  command.command("self-signed")
    .description("make a certificate that is its own authority, and its key")
    .option("--dir <folder>", "folder of server.crt and server.key", "./certs")
    .option(
      "--domain <name...>",
      "host names and addresses that it is for",
      ["localhost"],
    )
    .option("--days <number>", "how long it is good for", "365")
    .option("--force", "replace files of these names")
    .addHelpText(
      "after",
      "\nPrints the lines for server.yml. Clients and callers trust the server when they are given server.crt as their authority (server_ca_file, --ca-file).",
    )
    .action((options: SelfSignedOptions) => makeSelfSigned(options, shell));
  command.command("inspect")
    .description("tell who a certificate is for, from whom, and until when")
    .argument("<file-or-url>", "a file (PEM or DER), or an https URL")
    .option("--json", "print JSON")
    .option("--timeout <seconds>", "longest wait for a server", "5")
    .addHelpText(
      "after",
      "\nExit codes: 0 good today, 1 expired or not good yet, 2 no server answered, 65 no certificate there",
    )
    .action((source: string, options: InspectOptions) =>
      inspect(source, options, shell)
    );
};
