/** `opsen keys`: keys are made, listed and taken back. */
import {
  type KeyChangeAnswer,
  keyChangeAnswer,
  keysAnswer,
  type KeyView,
} from "../wire/key_answer.ts";
import { addTargetOptions, type ApiCall } from "./api_client.ts";
import type { Register } from "./command.ts";
import { createKey, type CreateOptions } from "./keys_create.ts";
import {
  type AskOptions,
  endUsage,
  idInPath,
  serverAnswer,
} from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

/** Adds the subcommands, their flags and what they do; without one it lists. */
export const register: Register = (command, shell) => {
  addTargetOptions(command.command("list", { isDefault: true }))
    .description("show whose keys are accepted; what happens without a command")
    .option("--json", "print JSON as GET /_opsen/keys answers it")
    .action((options: AskOptions) => list(options, shell));
  addTargetOptions(command.command("create"))
    .description("make a key; it alone goes to standard output")
    .argument("<name>", "whose key it is, for lists and the audit trail")
    .option("--scopes <list>", "what it may do: route,read,admin,agent")
    .option("--tiers <list>", "tiers it may ask for")
    .option("--expires <when>", "90d, 2027-01-31 or 2027-01-31T12:00:00Z")
    .option("--offline", "ask no server: print the entry for server.yml too")
    .option("--json", "print JSON as POST /_opsen/keys answers it")
    .action((name: string, options: CreateOptions) =>
      createKey(name, options, shell)
    );
  addTargetOptions(command.command("revoke"))
    .description(
      "take a key back; agent:ID cuts the backend of that id off at once",
    )
    .argument("<name>", "the key, or agent:ID")
    .option("--json", "print JSON as DELETE /_opsen/keys/NAME answers it")
    .action((name: string, options: AskOptions) =>
      change(name, "revoke", options, shell)
    );
  addTargetOptions(command.command("restore"))
    .description("let a backend that was cut off, or lost its key, enrol again")
    .argument("<name>", "agent:ID")
    .option("--json", "print JSON as POST /_opsen/keys/NAME/restore answers it")
    .action((name: string, options: AskOptions) =>
      change(name, "restore", options, shell)
    );
};

async function list(options: AskOptions, shell: Shell): Promise<void> {
  const call = { path: "/_opsen/keys", answers: keysAnswer };
  const answer = await serverAnswer(call, options, shell);
  if (answer === undefined) return;
  if (options.json) return shell.out(`${JSON.stringify(answer, null, 2)}\n`);
  shell.out(answer.keys.length === 0 ? "No keys\n" : tableOf(answer.keys));
}

function tableOf(keys: readonly KeyView[]): string {
  const columns = [
    { title: "NAME" },
    { title: "SOURCE" },
    { title: "STATE" },
    { title: "SCOPES" },
    { title: "TIERS" },
    { title: "EXPIRES" },
    { title: "CREATED" },
    { title: "BY" },
  ];
  return textTable(
    columns,
    keys.map((key) => [
      key.name,
      key.source,
      stateOf(key),
      key.scopes?.join(",") ?? "all",
      key.tiers?.join(",") ?? "all",
      key.expires === undefined ? "-" : toTheSecond(key.expires),
      key.created === undefined ? "-" : toTheSecond(key.created),
      key.created_by ?? "-",
    ]),
  );
}

function stateOf({ revoked, expires }: KeyView): string {
  if (revoked !== undefined) return "revoked";
  const isOver = expires !== undefined && Date.parse(expires) <= Date.now();
  return isOver ? "expired" : "accepted";
}

function toTheSecond(instant: string): string {
  return instant.replace(/\.\d+Z$/, "Z");
}

async function change(
  name: string,
  action: "revoke" | "restore",
  options: AskOptions,
  shell: Shell,
): Promise<void> {
  const part = idInPath(name);
  if (part === undefined) {
    return endUsage(
      `name: found "${name}", wanted one that "opsen keys" lists`,
      shell,
    );
  }
  const answer = await serverAnswer(CALLS[action](part), options, shell);
  if (answer === undefined) return;
  if (options.json) return shell.out(`${JSON.stringify(answer)}\n`);
  const notStored = answer.durable === false
    ? "; the database did not take it, so a restart forgets it"
    : "";
  const done = action === "revoke" ? "Revoked" : "Restored";
  shell.out(`${done} ${answer.name}${notStored}\n`);
}

const CALLS: Readonly<
  Record<"revoke" | "restore", (part: string) => ApiCall<KeyChangeAnswer>>
> = {
  revoke: (part) => ({
    path: `/_opsen/keys/${part}`,
    method: "DELETE",
    answers: keyChangeAnswer,
  }),
  restore: (part) => ({
    path: `/_opsen/keys/${part}/restore`,
    answers: keyChangeAnswer,
    body: {},
  }),
};
