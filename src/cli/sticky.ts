/** `opsen sticky`: where sessions go, as a table, and the end of one. */
import { STICKY_PAGE_MAX } from "../wire/bounds.ts";
import { escapeInvisible } from "../log/escape_invisible.ts";
import {
  type StickyAssignment,
  type StickyPage,
  stickyPage,
  stickyRemoval,
} from "../wire/sticky_answer.ts";
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import { type AskOptions, endUsage, serverAnswer } from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

interface ListOptions extends AskOptions {
  readonly backend?: string;
  readonly session?: string;
  readonly tier?: string;
  readonly after?: string;
  readonly limit?: string;
}

interface RemoveOptions extends AskOptions {
  readonly tier?: string;
}

/** Adds the subcommands, their flags and what they do; without one it lists. */
export const register: Register = (command, shell) => {
  addTargetOptions(command.command("list", { isDefault: true }))
    .description("show where sessions go; what happens without a command")
    .option("--backend <id>", "sessions on this backend alone")
    .option("--session <id>", "this session alone")
    .option("--tier <name>", "assignments of this tier alone")
    .option("--limit <n>", `assignments of a page (default ${STICKY_PAGE_MAX})`)
    .option("--after <cursor>", "the page after this one, as its end says")
    .option("--json", "print JSON as GET /_opsen/sticky answers it")
    .action((options: ListOptions) => list(options, shell));
  addTargetOptions(command.command("remove"))
    .description(
      "forget where a session goes; its leases end, its requests on their way don't",
    )
    .argument("<session>", "the session's id")
    .option("--tier <name>", "its assignment for this tier alone")
    .option("--json", "print JSON as DELETE /_opsen/sticky answers it")
    .action((id: string, options: RemoveOptions) => remove(id, options, shell));
};

async function list(options: ListOptions, shell: Shell): Promise<void> {
  const { backend, session, tier, after } = options;
  const limit = options.limit ?? String(STICKY_PAGE_MAX);
  if (!/^[1-9][0-9]{0,8}$/.test(limit) || Number(limit) > STICKY_PAGE_MAX) {
    return endUsage(
      `--limit: found "${limit}", wanted a whole number from 1 to ${STICKY_PAGE_MAX}`,
      shell,
    );
  }
  const query = new URLSearchParams({
    limit,
    ...(backend !== undefined && { client_id: backend }),
    ...(session !== undefined && { sticky_id: session }),
    ...(tier !== undefined && { tier }),
    ...(after !== undefined && { after }),
  });
  const call = { path: `/_opsen/sticky?${query}`, answers: stickyPage };
  const page = await serverAnswer(call, options, shell);
  if (page === undefined) return;
  shell.out(
    options.json ? `${JSON.stringify(page, null, 2)}\n` : tableOf(page),
  );
}

function tableOf({ assignments, total, next }: StickyPage): string {
  if (assignments.length === 0) return "No sessions\n";
  const table = textTable(
    ["SESSION", "TIER", "BACKEND", "LEASE"].map((title) => ({ title })),
    assignments.map(cellsOf),
  );
  return next === undefined
    ? table
    : `${table}${assignments.length} of ${total}; the next page: --after ${next}\n`;
}

function cellsOf(one: StickyAssignment): readonly string[] {
  return [one.sticky_id, one.tier, one.client_id, one.lease_id ?? "-"];
}

async function remove(
  id: string,
  options: RemoveOptions,
  shell: Shell,
): Promise<void> {
  if (id === "") {
    return endUsage(
      `session: found "${id}", wanted one that "opsen sticky" lists`,
      shell,
    );
  }
  const { tier } = options;
  const query = new URLSearchParams({
    sticky_id: id,
    ...(tier !== undefined && { tier }),
  });
  const call = {
    // Not in the path: the id may hold slashes and dots, which the front door takes for a path that leads elsewhere.
    path: `/_opsen/sticky?${query}`,
    method: "DELETE",
    answers: stickyRemoval,
  } as const;
  const answer = await serverAnswer(call, options, shell);
  if (answer === undefined) return;
  if (options.json) return shell.out(`${JSON.stringify(answer)}\n`);
  const { removed, released, durable } = answer;
  const from = removed.map((one) => `${one.client_id} (${one.tier})`);
  const off = from.length === 0 ? "" : ` from ${from.join(", ")}`;
  const leases = released.length === 0
    ? ""
    : `, and its ${released.length === 1 ? "lease" : "leases"} ${
      released.join(" ")
    }`;
  const notStored = durable === false
    ? "; the database did not take it, so a restart may bring it back"
    : "";
  shell.out(
    `Removed ${escapeInvisible(id)}${
      escapeInvisible(off)
    }${leases}${notStored}\n`,
  );
}
