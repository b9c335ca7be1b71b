/** Calls a server's API for a command, and tells an answer, a refusal and silence apart. */
import type { Command } from "commander";
import type * as z from "zod";
import { isOnThisMachine } from "../agent/cautions.ts";
import type { ClientTls } from "../agent/client_tls.ts";
import { type ProblemBody, problemBody } from "../wire/answers.ts";
import { escapeInvisible } from "../log/escape_invisible.ts";
import type { Shell } from "./shell.ts";
import { httpClient, targetTls, type TlsOptions } from "./target_tls.ts";

/** Which server, and how to speak to it. */
export interface ApiTarget {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  /** Key to send; empty for none. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly tls: ClientTls;
}

/** What came of a call. */
export type ApiOutcome<Answer> =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly problem: ProblemBody }
  | { readonly kind: "unreachable"; readonly reason: string };

/** A call; without a body it is a GET, if it does not say otherwise. */
export interface ApiCall<Answer> {
  readonly path: string;
  readonly method?: "DELETE";
  readonly answers: z.ZodType<Answer>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What commander read of the options that {@link addTargetOptions} adds. */
export interface TargetOptions extends TlsOptions {
  readonly server?: string;
  readonly apiKey?: string;
  readonly timeout: string;
}

const DEFAULT_URL = "http://127.0.0.1:8080";
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
  const said = options.server ?? shell.env("OPSEN_SERVER_URL") ?? DEFAULT_URL;
  const url = URL.parse(said.includes("://") ? said : `http://${said}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return `--server: found no http or https URL, wanted one such as ${DEFAULT_URL}`;
  }
  if (url.username !== "" || url.password !== "") {
    return "--server: found a name or password in the URL, wanted them nowhere; a key goes into OPSEN_API_KEY";
  }
  const key = options.apiKey ?? shell.env("OPSEN_API_KEY") ?? "";
  if (!/^[\x21-\x7e]*$/.test(key)) {
    return "--api-key: found characters that no key has, wanted printable ASCII without spaces";
  }
  const seconds = Number(options.timeout);
  if (!(seconds > 0 && seconds <= 3600)) {
    return `--timeout: found "${options.timeout}", wanted seconds from above 0 to 3600`;
  }
  const tls = targetTls(options, shell);
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
        );
    }
    const problem = problemBody.safeParse(json);
    return problem.success
      ? { kind: "refused", problem: timed(problem.data, response) }
      : unreachable(
        `${target.url}${path} answers ${response.status}: ${
          // Whoever answers is perhaps no Opsen server.
          escapeInvisible(text.slice(0, SHOWN_CHARS_MAX).trim())}`,
      );
  } catch (error) {
    return unreachable(
      `Cannot reach ${target.url}: ${reasonOf(error, target)}`,
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

function unreachable(reason: string): { kind: "unreachable"; reason: string } {
  return { kind: "unreachable", reason };
}

function reasonOf(error: unknown, target: ApiTarget): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `no answer within ${target.timeoutMs / 1000} s`;
  }
  const text = innermostMessage(error);
  if (/connection refused/i.test(text)) {
    return "connection refused; is the server running there";
  }
  const said = text.replace(
    /^error sending request .*?: client error \(\w+\): /,
    "",
  );
  const [, advice] = CAUSES.find(([cause]) => said.includes(cause)) ?? [];
  return advice === undefined ? said : `${said}; ${advice}`;
}

/** What the runtime says, and what it comes from most often. */
const CAUSES: readonly (readonly [said: string, advice: string])[] = [
  ["UnknownIssuer", "name the authority of its certificate with --ca-file"],
  [
    "received unexpected message",
    "it turns connections from here away (blocked_ips, max_connections_per_ip)",
  ],
  ["reset by peer", "with TLS, it may want a certificate (--cert-file)"],
];

/** What fetch throws says only that it failed; why stands in the cause. */
function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : innermostMessage(error.cause);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
