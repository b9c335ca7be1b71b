/**
 * Which server a command asks, and with what: a flag, else a variable, else the context, else the default. A context that
 * a flag names stands above the variables. What belongs to a context goes to its server and to no other.
 */
import { secretIn } from "../config/secret_file.ts";
import { TEXT_LENGTH_MAX } from "../config/text_format.ts";
import type { ContextOptions } from "./context_choice.ts";
import type { Context } from "./contexts_file.ts";
import type { Shell } from "./shell.ts";
import type { TlsOptions } from "./target_tls.ts";

/** Where a command asks when nobody says. */
export const DEFAULT_URL = "http://127.0.0.1:8080";

/** What commander read, and the context. */
export interface SaidTarget extends TlsOptions, ContextOptions {
  readonly server?: string;
  readonly apiKey?: string;
}

/** Where the parts of a target come from, in words for people. */
export interface TargetOrigin {
  /** Such as `--server` or `context "prod"`. */
  readonly url: string;
  /** Undefined when no key is sent. */
  readonly key: string | undefined;
  /** Why a context's key stays behind; undefined when it does not. */
  readonly withheld: string | undefined;
}

/** A server with a key and files; still to be checked. */
export interface TargetChoice {
  readonly url: URL;
  readonly key: string;
  readonly tls: TlsOptions;
  readonly origin: TargetOrigin;
}

/** The choice; an error in words when it can't be meant. */
export function targetChoice(
  said: SaidTarget,
  shell: Shell,
): TargetChoice | string {
  if (said.contextFault !== undefined) return said.contextFault;
  const named = namedServer(said, shell);
  const url = urlOf(named);
  if (typeof url === "string") return url;
  const { context, isFlag = false } = said.chosen ?? {};
  const isTheirs = context !== undefined && isSame(url, context);
  const key = keyOf(said, isTheirs ? context : undefined, isFlag, shell);
  if (typeof key === "string") return key;
  const isKeyless = key.key === "";
  return {
    url,
    key: key.key,
    tls: filesOf(said, isTheirs ? context : undefined, isFlag, shell),
    origin: {
      url: named.from,
      key: isKeyless ? undefined : key.from,
      withheld: isKeyless && context !== undefined && !isTheirs &&
          context.apiKey + context.apiKeyFile !== ""
        ? `The key of context "${context.name}" stays with its server ${context.server}`
        : undefined,
    },
  };
}

interface Named {
  readonly text: string;
  readonly from: string;
}

function namedServer({ server, chosen }: SaidTarget, { env }: Shell): Named {
  const variable = env("OPSEN_SERVER_URL");
  if (server !== undefined) return { text: server, from: "--server" };
  if (variable !== undefined && chosen?.isFlag !== true) {
    return { text: variable, from: "OPSEN_SERVER_URL" };
  }
  return chosen === undefined
    ? { text: DEFAULT_URL, from: "the default" }
    : { text: chosen.context.server, from: `context "${chosen.context.name}"` };
}

function urlOf({ text, from }: Named): URL | string {
  const name = from === "the default" ? "--server" : from;
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return `${name}: found no http or https URL, wanted one such as ${DEFAULT_URL}`;
  }
  return url.username === "" && url.password === ""
    ? url
    : `${name}: found a name or password in the URL, wanted them nowhere; a key goes into OPSEN_API_KEY`;
}

/** Whether the URL is the context's server, on the same scheme: a key for https does not go over http. */
function isSame(url: URL, { server }: Context): boolean {
  const theirs = URL.parse(server);
  return theirs?.origin === url.origin && pathOf(theirs) === pathOf(url);
}

function pathOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, "");
}

function keyOf(
  { apiKey }: SaidTarget,
  context: Context | undefined,
  isFlag: boolean,
  shell: Shell,
): { readonly key: string; readonly from: string } | string {
  if (apiKey !== undefined) return { key: apiKey, from: "--api-key" };
  const variable = shell.env("OPSEN_API_KEY") ?? "";
  const hasOwn = context !== undefined &&
    context.apiKey + context.apiKeyFile !== "";
  if (variable !== "" && !(isFlag && hasOwn)) {
    return { key: variable, from: "OPSEN_API_KEY" };
  }
  if (!hasOwn) return { key: "", from: "" };
  const from = `context "${context.name}"`;
  if (context.apiKeyFile === "") return { key: context.apiKey, from };
  const path = context.apiKeyFile;
  const content = shell.readFile(path, TEXT_LENGTH_MAX);
  if (content.kind !== "read") {
    const found = content.kind === "unreadable"
      ? content.found
      : "a large file";
    return `Cannot read api_key_file "${path}" of ${from}: found ${found}, wanted a file with the key alone`;
  }
  const inside = secretIn(new TextDecoder().decode(content.bytes));
  return inside.kind === "secret"
    ? { key: inside.secret, from: `api_key_file "${path}" of ${from}` }
    : `Cannot use api_key_file "${path}" of ${from}: ${inside.reason}`;
}

/** Certificate and private key come from the same place. */
function filesOf(
  { caFile, certFile, keyFile }: SaidTarget,
  context: Context | undefined,
  isFlag: boolean,
  { env }: Shell,
): TlsOptions {
  const theirs = {
    caFile: context?.caFile ?? "",
    certFile: context?.certFile ?? "",
    keyFile: context?.keyFile ?? "",
  };
  const variables = {
    caFile: env("OPSEN_CA_FILE") ?? "",
    certFile: env("OPSEN_CERT_FILE") ?? "",
    keyFile: env("OPSEN_KEY_FILE") ?? "",
  };
  const [first, second] = isFlag ? [theirs, variables] : [variables, theirs];
  const flags = { certFile: certFile ?? "", keyFile: keyFile ?? "" };
  const pair = isFlag ? [flags, theirs, variables] : [
    {
      certFile: flags.certFile || variables.certFile,
      keyFile: flags.keyFile || variables.keyFile,
    },
    theirs,
  ];
  const used = pair.find((one) => one.certFile + one.keyFile !== "");
  return {
    caFile: caFile ?? (first.caFile || second.caFile),
    certFile: used?.certFile ?? "",
    keyFile: used?.keyFile ?? "",
  };
}
