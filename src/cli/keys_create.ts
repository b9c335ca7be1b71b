/** `opsen keys create`: the key alone goes to standard output, so that `KEY=$(opsen keys create ci)` holds it. */
import { endMs } from "../policy/instant.ts";
import { isKeyName, KEY_NAME_WANTED } from "../policy/key_name.ts";
import { SCOPES } from "../policy/principal.ts";
import { madeKeyAnswer } from "../wire/key_answer.ts";
import { keyHash, newKey } from "../wire/key_text.ts";
import { durationMs } from "../policy/duration.ts";
import { type AskOptions, endUsage, serverAnswer } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** What can be said of a key. */
export interface CreateOptions extends AskOptions {
  /** With commas between them, like the tiers. */
  readonly scopes?: string;
  readonly tiers?: string;
  readonly expires?: string;
  readonly offline?: boolean;
}

/** Has a server make a key, or makes one for its configuration. */
export async function createKey(
  name: string,
  options: CreateOptions,
  shell: Shell,
): Promise<void> {
  const ask = askOf(name, options);
  if (typeof ask === "string") return endUsage(ask, shell);
  if (options.offline) return offline(ask, options, shell);
  const call = { path: "/_opsen/keys", body: ask, answers: madeKeyAnswer };
  const answer = await serverAnswer(call, options, shell);
  if (answer === undefined) return;
  if (options.json) return shell.out(`${JSON.stringify(answer)}\n`);
  shell.out(`${answer.key}\n`);
  shell.err(`Made the key of ${name}; it is not shown again\n`);
  if (answer.durable === false) {
    shell.err("The database did not take it, so a restart forgets it\n");
  }
}

/** A key as the API is asked for it. */
interface Ask {
  readonly name: string;
  readonly scopes?: readonly string[];
  readonly tiers?: readonly string[];
  readonly expires?: string;
}

/** A sentence when it can't be meant. */
function askOf(
  name: string,
  { scopes, tiers, expires }: CreateOptions,
): Ask | string {
  if (!isKeyName(name)) {
    return `name: found "${name}", wanted ${KEY_NAME_WANTED}`;
  }
  const known: readonly string[] = SCOPES;
  const scopeNames = partsOf(scopes);
  const stray = scopeNames?.find((scope) => !known.includes(scope));
  if (stray !== undefined) {
    return `--scopes: found "${stray}", wanted some of ${SCOPES.join(",")}`;
  }
  const tierNames = partsOf(tiers);
  if (tierNames?.includes("")) {
    return `--tiers: found "${tiers}", wanted names of tiers with commas between them`;
  }
  const until = expires === undefined ? undefined : untilOf(expires);
  if (expires !== undefined && until === undefined) {
    return `--expires: found "${expires}", wanted a time such as 90d, or a day or an instant such as 2027-01-31T12:00:00Z that is yet to come`;
  }
  return {
    name,
    ...(scopeNames !== undefined && { scopes: scopeNames }),
    ...(tierNames !== undefined && { tiers: tierNames }),
    ...(until !== undefined && { expires: until }),
  };
}

function partsOf(list: string | undefined): readonly string[] | undefined {
  return list?.split(",").map((part) => part.trim());
}

/** A day or an instant is left as it is written, and a time becomes the instant at its end. */
function untilOf(text: string): string | undefined {
  const nowMs = Date.now();
  const lengthMs = durationMs(text);
  if (lengthMs !== undefined) {
    return lengthMs > 0 ? new Date(nowMs + lengthMs).toISOString() : undefined;
  }
  const end = endMs(text);
  return end !== undefined && end > nowMs ? text : undefined;
}

function offline(ask: Ask, options: CreateOptions, shell: Shell): void {
  const key = newKey("key");
  const hash = `sha256:${keyHash(key)}`;
  if (options.json) {
    return shell.out(`${JSON.stringify({ ...ask, key, key_hash: hash })}\n`);
  }
  shell.out(`${key}\n`);
  shell.err(`Put this into server.yml; it holds the hash, not the key:
api_keys:
  - name: ${JSON.stringify(ask.name)}
    key_hash: ${hash}
${yamlLine("scopes", ask.scopes)}${yamlLine("tiers", ask.tiers)}${
    yamlLine("expires", ask.expires)
  }`);
}

/** JSON is YAML, and needs no thought about what must be quoted. */
function yamlLine(
  key: string,
  value: string | readonly string[] | undefined,
): string {
  return value === undefined ? "" : `    ${key}: ${JSON.stringify(value)}\n`;
}
