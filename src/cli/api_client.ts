/** Calls a server's API for a command, and tells an answer, a refusal and silence apart. */
import type { Command } from "commander";
import type * as z from "zod";
import { isOnThisMachine } from "../agent/cautions.ts";
import type { ClientTls } from "../agent/client_tls.ts";
import { type ProblemBody, problemBody } from "../wire/answers.ts";
import { escapeInvisible } from "../log/escape_invisible.ts";
import type { Shell } from "./shell.ts";
import { keyAdvice, reasonOf, whereFrom } from "./target_advice.ts";
import {
  DEFAULT_URL,
  type SaidTarget,
  targetChoice,
  type TargetOrigin,
} from "./target_choice.ts";
import { httpClient, targetTls } from "./target_tls.ts";

/** Which server, and how to speak to it. */
export interface ApiTarget {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  /** Key to send; empty for none. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly tls: ClientTls;
  /** Who said so; absent for one that nobody had to say. */
  readonly origin?: TargetOrigin;
}

/** What came of a call. */
export type ApiOutcome<Answer> =
  | { readonly kind: "answer"; readonly answer: Answer }
  | {
    readonly kind: "refused";
    readonly problem: ProblemBody;
    /** What to do about it, a line; absent when that is not known. */
    readonly advice?: string;
  }
  | {
    readonly kind: "unreachable";
    readonly reason: string;
    /** What somebody answered who is no Opsen server, or an older one; absent when nobody did. */
    readonly status?: number;
  };

/** A call; without a body it is a GET, if it does not say otherwise. */
export interface ApiCall<Answer> {
  readonly path: string;
  readonly method?: "DELETE";
  readonly answers: z.ZodType<Answer>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What commander read of the options that {@link addTargetOptions} adds. */
export interface TargetOptions extends SaidTarget {
  readonly timeout: string;
}

const DEFAULT_TIMEOUT_SECONDS = "5";
/** What is shown of an answer that is none of ours: enough to see who answers. */
const SHOWN_CHARS_MAX = 200;

/**
 * Adds `--server`, `--api-key`, what TLS needs, and `--timeout` to a command; the time-out is a string, as the option's
 * default is one.
 */
export function addTargetOptions(
  command: Command,
  timeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
): Command {
  return command
    .option(
      "--server <url>",
      `server to ask (OPSEN_SERVER_URL; default ${DEFAULT_URL})`,
    )
    .option(
      "--context <context>",
      "named server to ask (OPSEN_CONTEXT; see opsen context)",
    )
    .option(
      "--api-key <key>",
      "key to send; better in OPSEN_API_KEY than in a flag",
    )
    .option(
      "--ca-file <file>",
      "authority of the server's certificate, besides the system's (OPSEN_CA_FILE)",
    )
    .option(
      "--cert-file <file>",
      "certificate to show to the server (OPSEN_CERT_FILE)",
    )
    .option("--key-file <file>", "its private key (OPSEN_KEY_FILE)")
    .option(
      "--timeout <seconds>",
      "longest wait for an answer",
      timeoutSeconds,
    );
}

/** The server that options and environment name; an error in words when they can't be meant. */
export function targetOf(
  options: TargetOptions,
  shell: Shell,
): ApiTarget | string {
  const choice = targetChoice(options, shell);
  if (typeof choice === "string") return choice;
  const { url, key, origin } = choice;
  if (!/^[\x21-\x7e]*$/.test(key)) {
    return "--api-key: found characters that no key has, wanted printable ASCII without spaces";
  }
  const seconds = Number(options.timeout);
  if (!(seconds > 0 && seconds <= 3600)) {
    return `--timeout: found "${options.timeout}", wanted seconds from above 0 to 3600`;
  }
  const tls = targetTls(choice.tls, shell);
  if (typeof tls === "string") return tls;
  const { protocol, host, hostname } = url;
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  if (key !== "" && protocol === "http:" && !isOnThisMachine(address)) {
    shell.err(
      `Warning: the key goes to "${host}" unencrypted, for everyone on the way to read; use an https URL\n`,
    );
  }
  return {
    url: url.href.replace(/\/+$/, ""),
    key,
    timeoutMs: seconds * 1000,
    tls,
    origin,
  };
}

/** Calls the server once; never throws for what a server or a network can do. */
export async function callApi<Answer>(
  target: ApiTarget,
  call: ApiCall<Answer>,
): Promise<ApiOutcome<Answer>> {
  const { path, answers, body } = call;
  try {
    using client = httpClient(target.tls);
    const response = await fetch(target.url + path, {
      ...(client !== undefined && { client }),
      method: call.method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(target.key !== "" && { "x-api-key": target.key }),
        ...call.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // The key would go to wherever the answer points.
      redirect: "manual",
      signal: AbortSignal.timeout(target.timeoutMs),
    });
    const text = await response.text();
    const json = parseJson(text);
    if (response.ok) {
      const answer = answers.safeParse(json);
      return answer.success
        ? { kind: "answer", answer: answer.data }
        : unreachable(
          `${target.url}${path} answers, but not as an Opsen server of this version does`,
          response.status,
        );
    }
    const problem = problemBody.safeParse(json);
    return problem.success
      ? {
        kind: "refused",
        problem: timed(problem.data, response),
        ...keyAdvice(problem.data, target.origin),
      }
      : unreachable(
        `${target.url}${path} answers ${response.status}: ${
          // Whoever answers is perhaps no Opsen server.
          escapeInvisible(text.slice(0, SHOWN_CHARS_MAX).trim())}`,
        response.status,
      );
  } catch (error) {
    return unreachable(
      `Cannot reach ${target.url}${whereFrom(target.origin)}: ${
        reasonOf(error, target.timeoutMs)
      }`,
    );
  }
}

/** Not every refusal has its `Retry-After` in the body as well. */
function timed(problem: ProblemBody, { headers }: Response): ProblemBody {
  const seconds = headers.get("retry-after") ?? "";
  return problem.retry_after_ms === undefined && /^\d{1,6}$/.test(seconds)
    ? { ...problem, retry_after_ms: Number(seconds) * 1000 }
    : problem;
}

function unreachable(
  reason: string,
  status?: number,
): Extract<ApiOutcome<never>, { readonly kind: "unreachable" }> {
  return {
    kind: "unreachable",
    reason,
    ...(status !== undefined && { status }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
