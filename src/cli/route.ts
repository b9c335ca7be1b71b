/** `opsen route`: asks a server where a session should go, and books it as any caller does. */
import { isIP } from "node:net";
import {
  type ProblemBody,
  type RouteAnswer,
  routeAnswer,
} from "../wire/answers.ts";
import {
  addTargetOptions,
  callApi,
  targetOf,
  type TargetOptions,
} from "./api_client.ts";
import type { Register } from "./command.ts";
import { EXIT_CODE } from "./exit_code.ts";

interface RouteOptions extends TargetOptions {
  readonly tier: string;
  readonly from?: string;
  readonly header: readonly string[];
  readonly json?: boolean;
}

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .requiredOption("--tier <name>", "what the session needs")
    .option("--from <place>", "caller's address, or latitude,longitude")
    .option(
      "--header <name: value>",
      "header to send, such as the sticky one; may be repeated",
      collect,
      [],
    )
    .option("--json", "print JSON as POST /route answers it")
    .addHelpText(
      "after",
      "\nExit codes: 0 placed, 1 refused, 2 unreachable. A placement books room until it expires.",
    )
    .action(async (options: RouteOptions) => {
      const target = targetOf(options, shell);
      const caller = callerOf(options.from);
      const headers = headersOf(options.header);
      const fault = [target, caller, headers].find((part) =>
        typeof part === "string"
      );
      if (
        typeof target === "string" || typeof caller === "string" ||
        typeof headers === "string"
      ) {
        shell.err(`${fault}\n`);
        return shell.exitWith(EXIT_CODE.usage);
      }
      const body = { tier: options.tier, ...caller };
      const outcome = await callApi(target, {
        path: "/route",
        answers: routeAnswer,
        body,
        headers,
      });
      switch (outcome.kind) {
        case "answer":
          return shell.out(
            options.json
              ? `${JSON.stringify(outcome.answer)}\n`
              : `${lineOf(outcome.answer)}\n`,
          );
        case "refused":
          if (options.json) shell.out(`${JSON.stringify(outcome.problem)}\n`);
          else shell.err(refusalOf(outcome.problem));
          return shell.exitWith(EXIT_CODE.refused);
        case "unreachable":
          shell.err(`${outcome.reason}\n`);
          return shell.exitWith(EXIT_CODE.unreachable);
      }
    });
};

/** The caller's part of the body; an error in words when it can't be meant. */
function callerOf(from: string | undefined): Record<string, unknown> | string {
  if (from === undefined) return {};
  if (isIP(from) !== 0) return { client_ip: from };
  const [latitude = NaN, longitude = NaN, ...more] = from.split(",").map((
    part,
  ) => part.trim() === "" ? NaN : Number(part));
  const isPlace = more.length === 0 && Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180;
  return isPlace
    ? { client_lat: latitude, client_lon: longitude }
    : `--from: found "${from}", wanted an address or latitude,longitude such as 48.86,2.35`;
}

function headersOf(lines: readonly string[]): Record<string, string> | string {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim();
    if (colon < 1 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      return `--header: found "${line}", wanted "Name: value"`;
    }
    headers[name] = line.slice(colon + 1).trim();
  }
  return headers;
}

function lineOf(answer: RouteAnswer): string {
  const cards = answer.gpus === undefined
    ? ""
    : `, GPUs ${answer.gpus.join(" ")}`;
  return `${answer.client_id} ${answer.endpoint} (${answer.hostname}, ${
    answer.distance_km.toFixed(0)
  } km${cards})`;
}

function refusalOf(
  { detail, tally, fleet_size: fleetSize }: ProblemBody,
): string {
  const reasons = Object.entries(tally ?? {})
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `  ${String(count).padStart(5)}  ${reason}\n`);
  const heading = reasons.length === 0
    ? ""
    : `Why each of ${fleetSize} backends was passed over:\n`;
  return `${detail}\n${heading}${reasons.join("")}`;
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
