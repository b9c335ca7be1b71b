/** The schemas of the API's document by their names: the very ones that the program reads and answers by. */
import * as z from "zod";
import { SCOPES } from "../../src/policy/principal.ts";
import {
  type Acknowledgement,
  healthAnswer,
  problemBody,
  purgeAnswer,
  routeAnswer,
} from "../../src/wire/answers.ts";
import { auditAnswer } from "../../src/wire/audit_answer.ts";
import { clientView, clientViews } from "../../src/wire/client_view.ts";
import {
  configHistoryAnswer,
  reloadAnswer,
  reloadBody,
  rollbackBody,
} from "../../src/wire/config_answer.ts";
import {
  decisionAnswer,
  decisionsAnswer,
  decisionSummary,
} from "../../src/wire/decision_answer.ts";
import { drainAnswer, drainsAnswer } from "../../src/wire/drain_answer.ts";
import { drainBody } from "../../src/wire/drain_body.ts";
import { type EnrolAnswer, enrolBody } from "../../src/wire/enrol_body.ts";
import { explainAnswer } from "../../src/wire/explain_answer.ts";
import { candidateAnswer } from "../../src/wire/explanation_answer.ts";
import {
  keyChangeAnswer,
  keysAnswer,
  keyView,
  madeKeyAnswer,
} from "../../src/wire/key_answer.ts";
import {
  feedDecisions,
  feedFleet,
  feedHello,
  feedState,
} from "../../src/wire/feed.ts";
import { keyBody } from "../../src/wire/key_body.ts";
import {
  leaseAnswer,
  leasesAnswer,
  releaseAnswer,
} from "../../src/wire/lease_answer.ts";
import { leaseBody } from "../../src/wire/lease_body.ts";
import { logLevelAnswer, logLevelBody } from "../../src/wire/log_level.ts";
import { nearMissAnswer } from "../../src/wire/near_miss.ts";
import { queueAnswer } from "../../src/wire/queue_answer.ts";
import { registerBody } from "../../src/wire/register_body.ts";
import { checkedRouteBody } from "../../src/wire/route_body.ts";
import { statsBody } from "../../src/wire/stats_body.ts";
import { statsHistory } from "../../src/wire/stats_history.ts";
import {
  stickyAssignment,
  stickyPage,
  stickyRemoval,
} from "../../src/wire/sticky_answer.ts";
import {
  tokenAnswer,
  tokenMadeAnswer,
  tokenRevokedAnswer,
  tokensAnswer,
} from "../../src/wire/token_answer.ts";
import { tokenBody } from "../../src/wire/token_body.ts";
import { loginBody, uiSession } from "../../src/wire/ui_login.ts";
import type { NamedSchema } from "./json_schemas.ts";

const acknowledgement = z.object({
  status: z.enum(["registered", "ok"]),
  durable: z.literal(false).optional(),
  drained: z.literal(true).optional(),
  conflict: z.string().optional(),
}) satisfies z.ZodType<Loose<Acknowledgement>>;

const enrolAnswer = z.object({
  client_id: z.string(),
  credential: z.string(),
  durable: z.literal(false).optional(),
}) satisfies z.ZodType<Loose<EnrolAnswer>>;

/** Answers of which the program has only the type: an absent field is undefined to a schema. */
type Loose<Type> = {
  [Name in keyof Type]: Type[Name] | Extract<undefined, Type[Name]>;
};

/** By the names that the document has for them. */
export const COMPONENTS: Readonly<Record<string, NamedSchema>> = {
  RouteRequest: sent(checkedRouteBody, "What is asked for", [
    "checkedRouteBody",
    "RouteFields",
  ]),
  Placement: answered(routeAnswer, "Where to send the session", "routeAnswer"),
  DryRun: answered(
    explainAnswer,
    "What would be decided, and why; nothing is booked",
    "explainAnswer",
  ),
  Candidate: answered(
    candidateAnswer,
    "A machine that could take the tier, or one that could not",
    "candidateAnswer",
  ),
  NearMiss: answered(
    nearMissAnswer,
    "The machine that lacks least",
    "nearMissAnswer",
  ),
  LeaseRequest: sent(leaseBody, "How long the lease is to live from now", [
    "leaseBody",
  ]),
  Lease: answered(leaseAnswer, "A lease; instants are in UTC", "leaseAnswer"),
  Leases: answered(leasesAnswer, "A page of leases", "leasesAnswer"),
  Released: answered(releaseAnswer, "A lease that has ended", "releaseAnswer"),
  Queue: answered(queueAnswer, "The asks that wait for room", "queueAnswer"),
  DecisionSummary: answered(
    decisionSummary,
    "A decision without its candidates",
    "decisionSummary",
  ),
  Decisions: answered(decisionsAnswer, "The latest", "decisionsAnswer"),
  Decision: answered(
    decisionAnswer,
    "A decision with its candidates, or the reason why they are not there",
    "decisionAnswer",
  ),
  Registration: sent(
    registerBody,
    "What a machine is. Only `client_id` and a way to reach it must be there: `endpoint_url`, `endpoints`, or an address",
    ["registerBody", "RegisterMessage"],
  ),
  Report: sent(
    statsBody,
    "What a machine uses, as means over a window. GB are 2^30 bytes. A number that is absent counts as 0 unless it says otherwise. Where the machine is counts as it registered",
    ["statsBody", "StatsMessage"],
  ),
  Acknowledgement: answered(
    acknowledgement,
    "What the server says to a machine's client",
    "Acknowledgement",
  ),
  Client: answered(
    clientView,
    "A machine. GB are 2^30 bytes, percentages go from 0 to 100, instants are in UTC",
    "clientView",
  ),
  Clients: answered(clientViews, "All machines", "clientViews"),
  Purged: answered(purgeAnswer, "How much was purged", "purgeAnswer"),
  DrainRequest: sent(drainBody, "Limits of the drain", ["drainBody"]),
  Drain: answered(drainAnswer, "The draining of a machine", "drainAnswer", {
    told: ["drainState"],
  }),
  Drains: answered(
    drainsAnswer,
    "Every machine that drains or is drained",
    "drainsAnswer",
    { told: ["drainState"] },
  ),
  Health: answered(healthAnswer, "How the server is", "healthAnswer"),
  Alive: answered(
    z.object({
      status: z.literal("alive").describe("Nothing else is ever answered."),
    }),
    "The process answers",
  ),
  Ready: answered(
    healthAnswer.pick({ active_clients: true, store: true }).required()
      .extend({
        status: z.literal("ready").describe(
          "It does not stop, and at least `ready_min_active` machines are active.",
        ),
      }),
    "The server takes requests",
    "healthAnswer",
  ),
  ReloadRequest: sent(reloadBody, "How to load it", ["reloadBody"]),
  RollbackRequest: sent(rollbackBody, "What to bring back", ["rollbackBody"]),
  Reloaded: answered(
    reloadAnswer,
    "What came of one look at the configuration",
    "reloadAnswer",
  ),
  ConfigHistory: answered(
    configHistoryAnswer,
    "The configuration in force, and those before",
    "configHistoryAnswer",
  ),
  KeyRequest: {
    ...sent(keyBody, "What the key is called and what it opens", ["keyBody"]),
    more: { scopes: { items: { type: "string", enum: SCOPES } } },
  },
  MadeKey: answered(madeKeyAnswer, "A new key", "madeKeyAnswer"),
  Key: answered(keyView, "A key as lists show it", "keyView"),
  Keys: answered(keysAnswer, "All keys", "keysAnswer"),
  KeyChange: answered(keyChangeAnswer, "What became of it", "keyChangeAnswer"),
  TokenRequest: sent(tokenBody, "What the token is good for", ["tokenBody"]),
  MadeToken: answered(tokenMadeAnswer, "A new token", "tokenMadeAnswer"),
  Token: answered(tokenAnswer, "A token as lists show it", "tokenAnswer"),
  Tokens: answered(tokensAnswer, "All tokens", "tokensAnswer"),
  RevokedToken: answered(
    tokenRevokedAnswer,
    "A token that is no longer good",
    "tokenRevokedAnswer",
  ),
  EnrolRequest: sent(enrolBody, "A token and whose it is to be", ["enrolBody"]),
  Enrolled: answered(
    enrolAnswer,
    "The credential of one machine",
    "EnrolAnswer",
  ),
  Audit: answered(auditAnswer, "Lines of the audit trail", "auditAnswer"),
  Session: answered(
    stickyAssignment,
    "Where a session goes",
    "stickyAssignment",
  ),
  Sessions: answered(stickyPage, "A page of sessions", "stickyPage"),
  ForgottenSession: answered(
    stickyRemoval,
    "A session that goes nowhere any more",
    "stickyRemoval",
  ),
  StatsHistory: answered(
    statsHistory,
    "What a machine reported over time",
    "statsHistory",
  ),
  LogLevelRequest: sent(logLevelBody, "A level and for how long", [
    "logLevelBody",
  ]),
  LogLevel: answered(logLevelAnswer, "The level of the log", "logLevelAnswer"),
  LoginRequest: sent(loginBody, "A key", ["loginBody"]),
  UiSession: answered(uiSession, "Who reads the dashboard", "uiSession"),
  SignedOut: answered(
    z.object({
      status: z.literal("signed out").describe(
        "The browser is told to forget its cookie.",
      ),
    }),
    "The session has ended",
  ),
  FeedHello: answered(feedHello, "Who speaks", "feedHello"),
  FeedFleet: answered(
    feedFleet,
    "Machines that are new or have changed",
    "feedFleet",
  ),
  FeedDecisions: answered(feedDecisions, "Newest last", "feedDecisions"),
  FeedState: answered(feedState, "Once a second", "feedState"),
  Problem: answered(
    problemBody.extend({ request_id: z.string() }),
    "Why a request was refused (RFC 9457)",
    "problemBody",
  ),
};

function sent(
  schema: z.ZodType,
  description: string,
  told: readonly string[],
): NamedSchema {
  return { schema, side: "input", told, description };
}

function answered(
  schema: z.ZodType,
  description: string,
  name = "",
  { told = [] }: { readonly told?: readonly string[] } = {},
): NamedSchema {
  return { schema, side: "output", told: [name, ...told], description };
}
