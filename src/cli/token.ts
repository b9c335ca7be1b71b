/** `opsen token`: tokens that machines trade for credentials of their own are made, listed and taken back. */
import { TOKEN_TTL_SECONDS_MAX, TOKEN_USES_MAX } from "../wire/bounds.ts";
import {
  type TokenAnswer,
  tokenMadeAnswer,
  tokenRevokedAnswer,
  tokensAnswer,
} from "../wire/token_answer.ts";
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import { durationMs } from "../policy/duration.ts";
import {
  type AskOptions,
  endUsage,
  idInPath,
  serverAnswer,
} from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

interface CreateOptions extends AskOptions {
  readonly ttl: string;
  readonly maxUses: string;
  readonly allowEndpoint: readonly string[];
}

/** Adds the subcommands, their flags and what they do; without one it lists. */
export const register: Register = (command, shell) => {
  addTargetOptions(command.command("list", { isDefault: true }))
    .description("show the tokens; what happens without a command")
    .option("--json", "print JSON as GET /_opsen/tokens answers it")
    .action((options: AskOptions) => list(options, shell));
  addTargetOptions(command.command("create"))
    .description("make a token; it alone goes to standard output")
    .option("--ttl <duration>", "time that it is good for, such as 1h", "1h")
    .option("--max-uses <number>", "machines that it is good for", "1")
    .option(
      "--allow-endpoint <range>",
      "where those machines may be, besides what endpoint_allow says; may be given again",
      (range: string, ranges: readonly string[]) => [...ranges, range],
      [],
    )
    .option("--json", "print JSON as POST /_opsen/tokens answers it")
    .action((options: CreateOptions) => create(options, shell));
  addTargetOptions(command.command("revoke"))
    .description("take a token back; what was enrolled with it stays")
    .argument("<token-id>", "the id that the list shows")
    .option("--json", "print JSON as DELETE /_opsen/tokens/ID answers it")
    .action((id: string, options: AskOptions) => revoke(id, options, shell));
};

async function list(options: AskOptions, shell: Shell): Promise<void> {
  const call = { path: "/_opsen/tokens", answers: tokensAnswer };
  const answer = await serverAnswer(call, options, shell);
  if (answer === undefined) return;
  if (options.json) return shell.out(`${JSON.stringify(answer, null, 2)}\n`);
  const { tokens } = answer;
  shell.out(tokens.length === 0 ? "No tokens\n" : tableOf(tokens));
}

function tableOf(tokens: readonly TokenAnswer[]): string {
  const columns = [
    { title: "TOKEN" },
    { title: "STATE" },
    { title: "USES", right: true },
    { title: "EXPIRES" },
    { title: "CREATED" },
    { title: "BY" },
    { title: "ALLOWED" },
  ];
  return textTable(
    columns,
    tokens.map((token) => [
      token.id,
      token.state.replace("_", " "),
      `${token.uses}/${token.max_uses}`,
      toTheSecond(token.expires_at),
      toTheSecond(token.created_at),
      token.created_by,
      token.allow_endpoints.join(",") || "-",
    ]),
  );
}

async function create(options: CreateOptions, shell: Shell): Promise<void> {
  const seconds = (durationMs(options.ttl) ?? 0) / 1000;
  if (!isWholeUpTo(seconds, TOKEN_TTL_SECONDS_MAX)) {
    return endUsage(
      `--ttl: found "${options.ttl}", wanted 1s to 366d, such as 1h`,
      shell,
    );
  }
  const uses = Number(options.maxUses);
  if (!isWholeUpTo(uses, TOKEN_USES_MAX)) {
    return endUsage(
      `--max-uses: found "${options.maxUses}", wanted 1 to ${TOKEN_USES_MAX}`,
      shell,
    );
  }
  const answer = await serverAnswer(
    {
      path: "/_opsen/tokens",
      answers: tokenMadeAnswer,
      body: {
        ttl_seconds: seconds,
        max_uses: uses,
        allow_endpoints: options.allowEndpoint,
      },
    },
    options,
    shell,
  );
  if (answer === undefined) return;
  if (options.json) return shell.out(`${JSON.stringify(answer)}\n`);
  shell.out(`${answer.token}\n`);
  const notStored = answer.durable === false
    ? "; the database did not take it, so a restart forgets it"
    : "";
  const expires = toTheSecond(answer.expires_at);
  shell.err(
    `Token ${answer.id}: for ${machines(uses)} until ${expires}${notStored}\n`,
  );
}

async function revoke(
  id: string,
  options: AskOptions,
  shell: Shell,
): Promise<void> {
  const part = idInPath(id);
  if (part === undefined) {
    return endUsage(`token-id: found "${id}", wanted one of the list`, shell);
  }
  const answer = await serverAnswer(
    {
      path: `/_opsen/tokens/${part}`,
      method: "DELETE",
      answers: tokenRevokedAnswer,
    },
    options,
    shell,
  );
  if (answer === undefined) return;
  if (options.json) return shell.out(`${JSON.stringify(answer)}\n`);
  const notStored = answer.durable === false
    ? "; the database did not take it, so a restart makes it good again"
    : "";
  shell.out(`Revoked ${answer.id}${notStored}\n`);
}

function isWholeUpTo(number: number, max: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= max;
}

function machines(uses: number): string {
  return uses === 1 ? "one machine" : `${uses} machines`;
}

function toTheSecond(instant: string): string {
  return instant.replace(/\.\d+Z$/, "Z");
}
