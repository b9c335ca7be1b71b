/** `opsen geoip`: gets the database that places come from, and tells what stands in it. */
import type { Register } from "./command.ts";
import { download, type DownloadOptions } from "./geoip_download.ts";
import { lookup, type LookupOptions } from "./geoip_lookup.ts";
import { KEYS_URL, MAXMIND_URL } from "./geoip_source.ts";
import { untilInterrupted } from "./interrupt.ts";

const DOWNLOAD_HELP = `
The licence key is free: ${KEYS_URL}
It is taken from KEY, --key-file, MAXMIND_LICENSE_KEY or a file that MAXMIND_LICENSE_KEY_FILE names; of these, KEY
alone is seen by other users of this machine. With an account ID it goes into no URL.

Examples:
  MAXMIND_LICENSE_KEY=... opsen geoip download --account-id 123456
  opsen geoip download --key-file maxmind.key --output /var/lib/opsen/GeoLite2-City.mmdb --if-newer
The second is for a daily timer: asking whether there is a newer one does not count as a download. The file is
replaced in one step and only by one that is whole; a server whose geoip_db_path it is takes it in by itself.

Exit codes: 0 it is there, 1 refused (key, edition, daily limit), 2 unreachable, 64 usage, 65 what came is no
database or another one than the checksum says, 74 the file can't be written, 130 interrupted. Whenever it is not 0,
the old file is as it was.`;

const LOOKUP_HELP = `
Examples:
  opsen geoip lookup 81.2.69.142 2a01:4f8::1
  opsen geoip lookup 81.2.69.142 --config server.yml --from 48.86,2.35

Exit codes: 0 all have a place, 1 one has none, 64 usage, 65 no database there, or none that can be used`;

/** A timer that gives up must leave no half archive behind either; not SIGHUP, which nohup wants to be ignored. */
const ENDING_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** Adds the subcommands, their flags and what they do. */
export const register: Register = (command, shell) => {
  command.command("download")
    .description("get a database of places from MaxMind, checked and whole")
    .argument("[key]", "licence key of MaxMind; better in a file")
    .option("--key-file <file>", "file that holds the licence key")
    .option(
      "--account-id <id>",
      "account that the key belongs to (MAXMIND_ACCOUNT_ID)",
    )
    .option("--edition <name>", "which database", "GeoLite2-City")
    .option("--output <file>", "the file (default: ./EDITION.mmdb)")
    .option("--url <url>", "where it is handed out", MAXMIND_URL)
    .option(
      "--if-newer",
      "only when there is another one than the file already is",
    )
    .option("--json", "print one JSON object at the end")
    .addHelpText("after", DOWNLOAD_HELP)
    .action(async (key: string | undefined, options: DownloadOptions) => {
      using interrupt = untilInterrupted(ENDING_SIGNALS);
      await download(key, options, shell, interrupt);
    });
  command.command("lookup")
    .description("tell where addresses are")
    .argument("<ip...>", "IPv4 or IPv6 addresses")
    .option("--db <file>", "the database (default: ./GeoLite2-City.mmdb)")
    .option(
      "--config <file>",
      "server.yml whose geoip_db_path names it (env OPSEN_CONFIG, OPSEN_GEOIP_DB_PATH)",
    )
    .option(
      "--from <place>",
      "show distances from here: an address, or degrees as 48.86,2.35",
    )
    .option("--json", "print JSON")
    .addHelpText("after", LOOKUP_HELP)
    .action((ips: string[], options: LookupOptions) =>
      lookup(ips, options, shell)
    );
};
