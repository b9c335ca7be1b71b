/** `/_opsen/tokens`: the tokens that machines trade for credentials of their own. */
import { isAddressRange } from "../config/address.ts";
import type { EnrolmentDesk } from "../trust_ports.ts";
import {
  tokenAnswerOf,
  tokenMadeAnswerOf,
  type TokenRevokedAnswer,
  type TokensAnswer,
} from "../wire/token_answer.ts";
import { type TokenBody, tokenBody } from "../wire/token_body.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { ANYONE } from "./audit_trail.ts";
import { answer, type Call, type Endpoint, type Outcome } from "./endpoint.ts";
import { optionalJsonHandler } from "./optional_body.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { problem } from "./problems.ts";

const ALL = "/_opsen/tokens";
const ONE = "/_opsen/tokens/:id";

/** Making tokens, listing them, taking them back. */
export function tokens(
  deps: ApiDeps,
  desk: EnrolmentDesk,
): readonly Endpoint[] {
  const { clock, settings } = deps;
  return [
    {
      path: ALL,
      methods: ["GET"],
      access: "admin",
      handle: () => {
        const nowMs = clock.wallMs();
        const body: TokensAnswer = {
          tokens: desk.tokens().map((token) => tokenAnswerOf(token, nowMs)),
        };
        return answer(body);
      },
    },
    {
      path: ALL,
      methods: ["POST"],
      access: "admin",
      action: "token.create",
      handle: optionalJsonHandler(
        tokenBody,
        settings,
        (body, call) => made(deps, desk, body, call),
      ),
    },
    {
      path: ONE,
      methods: ["DELETE"],
      access: "admin",
      action: "token.revoke",
      handle: ({ request }) => {
        const { id = "" } = parametersOf(ONE, pathOf(request.url)) ?? {};
        return revoked(deps, desk, id);
      },
    },
  ];
}

async function made(
  { logger }: ApiDeps,
  desk: EnrolmentDesk,
  body: TokenBody,
  { principal }: Call,
): Promise<Outcome> {
  const index = body.endpointAllow.findIndex((range) => !isAddressRange(range));
  if (index !== -1) return notARange(index, body.endpointAllow[index] ?? "");
  const createdBy = principal?.name ?? ANYONE;
  const outcome = desk.create({ ...body, createdBy });
  switch (outcome.kind) {
    case "too_many":
      return problem(
        "too_many_tokens",
        `${outcome.tokensMax} tokens are good already, and no more are kept: revoke some`,
      );
    case "made": {
      const { token, secret, write } = outcome;
      const durability = await acknowledgement(write, logger);
      return answer(
        tokenMadeAnswerOf(token, secret, durability === "durable"),
        { target: token.id },
      );
    }
  }
}

async function revoked(
  { logger }: ApiDeps,
  desk: EnrolmentDesk,
  id: string,
): Promise<Outcome> {
  const write = desk.revoke(id);
  if (write === undefined) {
    return problem(
      "unknown_token",
      `Unknown token: ${id.slice(0, SHOWN_CHARS_MAX)}`,
    );
  }
  const durability = await acknowledgement(write, logger);
  const body: TokenRevokedAnswer = {
    status: "revoked",
    id,
    ...(durability === "memory" && { durable: false }),
  };
  return answer(body);
}

/** Ids come from outside, so the detail shows a bounded part. */
const SHOWN_CHARS_MAX = 40;

function notARange(index: number, found: string): Outcome {
  const field = `allow_endpoints[${index}]`;
  const detail = `must be an address or a range such as "10.0.0.0/8", found ${
    JSON.stringify(found)
  }`;
  return problem("invalid_field", `Invalid field "${field}": ${detail}`, {
    faults: [{ field, detail }],
  });
}
