/** `opsen leases`: what is booked, as a table, and the release of one booking. */
import { LEASES_PAGE_MAX } from "../wire/bounds.ts";
import {
  type LeasesAnswer,
  leasesAnswer,
  releaseAnswer,
} from "../wire/lease_answer.ts";
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import {
  type AskOptions,
  endUsage,
  idInPath,
  serverAnswer,
} from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

interface ListOptions extends AskOptions {
  readonly client?: string;
  readonly tier?: string;
}

/** Adds the subcommands, their flags and what they do; without one it lists. */
export const register: Register = (command, shell) => {
  addTargetOptions(command.command("list", { isDefault: true }))
    .description("show what is booked; what happens without a command")
    .option("--client <id>", "leases on this backend alone")
    .option("--tier <name>", "leases of this tier alone")
    .option("--json", "print JSON as GET /_opsen/leases answers it")
    .action((options: ListOptions) => list(options, shell));
  addTargetOptions(command.command("release"))
    .description("end a lease, so that its room is free at once")
    .argument("<lease-id>", "the lease")
    .option("--json", "print JSON as DELETE /_opsen/leases/ID answers it")
    .action((id: string, options: AskOptions) => release(id, options, shell));
};

async function list(options: ListOptions, shell: Shell): Promise<void> {
  const { client, tier } = options;
  const query = new URLSearchParams({
    limit: String(LEASES_PAGE_MAX),
    ...(client !== undefined && { client_id: client }),
    ...(tier !== undefined && { tier }),
  });
  const call = { path: `/_opsen/leases?${query}`, answers: leasesAnswer };
  const page = await serverAnswer(call, options, shell);
  if (page === undefined) return;
  shell.out(
    options.json ? `${JSON.stringify(page, null, 2)}\n` : tableOf(page),
  );
}

function tableOf({ leases, total }: LeasesAnswer): string {
  if (leases.length === 0) return "No leases\n";
  const columns = [
    { title: "LEASE" },
    { title: "STATE" },
    { title: "EXPIRES" },
    { title: "TIER" },
    { title: "BACKEND" },
    { title: "GPUS" },
    { title: "SESSION" },
  ];
  const table = textTable(
    columns,
    leases.map((lease) => [
      lease.lease_id,
      lease.state,
      lease.expires_at.replace(/\.\d+Z$/, "Z"),
      lease.tier,
      lease.client_id,
      lease.gpus.length === 0 ? "-" : lease.gpus.join(" "),
      lease.sticky_id ?? "-",
    ]),
  );
  const more = total - leases.length;
  return more > 0 ? `${table}… and ${more} more (--client, --tier)\n` : table;
}

async function release(
  id: string,
  options: AskOptions,
  shell: Shell,
): Promise<void> {
  const part = idInPath(id);
  if (part === undefined) {
    return endUsage(`lease-id: found "${id}", wanted one such as 1f`, shell);
  }
  const answer = await serverAnswer(
    {
      path: `/_opsen/leases/${part}`,
      method: "DELETE",
      answers: releaseAnswer,
    },
    options,
    shell,
  );
  if (answer === undefined) return;
  if (options.json) return shell.out(`${JSON.stringify(answer)}\n`);
  const notStored = answer.durable === false
    ? "; the database did not take it, so a restart may bring it back until it expires"
    : "";
  shell.out(`Released ${answer.lease_id}${notStored}\n`);
}
