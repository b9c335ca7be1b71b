/** `/_opsen/leases`: what was booked by `POST /route`, shown, confirmed, renewed and released. */
import type { Lease } from "../engine/lease.ts";
import { mayAskFor } from "../policy/principal.ts";
import { LEASES_PAGE_MAX } from "../wire/bounds.ts";
import {
  leaseAnswerOf,
  type LeasesAnswer,
  type ReleaseAnswer,
} from "../wire/lease_answer.ts";
import { type LeaseBody, leaseBody } from "../wire/lease_body.ts";
import { leaseIdOf, leaseNumberOf } from "../wire/lease_id.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Call, type Endpoint, type Outcome } from "./endpoint.ts";
import { optionalJsonHandler } from "./optional_body.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { type Problem, problem } from "./problems.ts";
import { invalidParameter, queryOf, wholeParameter } from "./query.ts";
import { removeLeases, saveLease, wallClockLease } from "./saved_lease.ts";

const ONE = "/_opsen/leases/:id";
const CONFIRM = `${ONE}/confirm`;
const RENEW = `${ONE}/renew`;
/** Leases of a page that asks for no number. */
const PAGE_DEFAULT = 1000;

/** Leases by their ids. */
export function leases(deps: ApiDeps): readonly Endpoint[] {
  return [
    {
      path: "/_opsen/leases",
      methods: ["GET"],
      access: "read",
      handle: ({ request }) => page(deps, queryOf(request)),
    },
    {
      path: ONE,
      methods: ["GET"],
      access: "route",
      handle: (call) => shown(deps, call),
    },
    {
      path: ONE,
      methods: ["DELETE"],
      access: "route",
      handle: (call) => released(deps, call),
    },
    {
      path: CONFIRM,
      methods: ["POST"],
      access: "route",
      handle: optionalJsonHandler(
        leaseBody,
        deps.settings,
        (body, call) => renewed(deps, CONFIRM, call, body),
      ),
    },
    {
      path: RENEW,
      methods: ["POST"],
      access: "route",
      handle: optionalJsonHandler(
        leaseBody,
        deps.settings,
        (body, call) => renewed(deps, RENEW, call, body),
      ),
    },
  ];
}

function idOf(pattern: string, { request }: Call): string {
  return parametersOf(pattern, pathOf(request.url))?.id ?? "";
}

function page(deps: ApiDeps, query: URLSearchParams): Outcome {
  const limit = wholeParameter(query, "limit", {
    max: LEASES_PAGE_MAX,
    fallback: PAGE_DEFAULT,
  });
  if (typeof limit !== "number") return limit;
  const afterId = query.get("after") ?? "";
  const after = afterId === "" ? 0 : leaseNumberOf(afterId);
  if (after === undefined) {
    return invalidParameter("after", "must be the id of a lease");
  }
  const { balancer, clock } = deps;
  const wanted = balancer.leases(clock.monotonicMs())
    .filter(isWanted(query));
  const rest = wanted.filter(({ id }) => id > after);
  const shownLeases = rest.slice(0, limit);
  const last = shownLeases.at(-1);
  const body: LeasesAnswer = {
    leases: shownLeases.map((lease) =>
      leaseAnswerOf(wallClockLease(lease, clock))
    ),
    total: wanted.length,
    ...(last !== undefined && rest.length > limit && {
      next: leaseIdOf(last.id),
    }),
  };
  return answer(body);
}

function isWanted(query: URLSearchParams): (lease: Lease) => boolean {
  const backendId = query.get("client_id") ?? "";
  const tierName = query.get("tier") ?? "";
  const stickyId = query.get("sticky_id") ?? "";
  return (lease) =>
    (backendId === "" || lease.slot.registration.id === backendId) &&
    (tierName === "" || lease.tier.name === tierName) &&
    (stickyId === "" || lease.stickyId === stickyId);
}

/** A live lease that a call names. One of a tier that its key may not ask for is none of its leases. */
function leaseOf(
  { balancer, clock }: ApiDeps,
  pattern: string,
  call: Call,
): Lease | undefined {
  const number = leaseNumberOf(idOf(pattern, call));
  const lease = number === undefined
    ? undefined
    : balancer.lease(number, clock.monotonicMs());
  const { principal } = call;
  return lease === undefined || principal === undefined ||
      mayAskFor(principal, lease.tier.name)
    ? lease
    : undefined;
}

function shown(deps: ApiDeps, call: Call): Outcome {
  const lease = leaseOf(deps, ONE, call);
  return lease === undefined
    ? unknown(idOf(ONE, call))
    : answer(leaseAnswerOf(wallClockLease(lease, deps.clock)));
}

/** A renewal that was answered survives a kill -9. */
async function renewed(
  deps: ApiDeps,
  pattern: string,
  call: Call,
  { liveMs }: LeaseBody,
): Promise<Outcome> {
  const { balancer, clock } = deps;
  const known = leaseOf(deps, pattern, call);
  const lease = known &&
    balancer.renew(known.id, clock.monotonicMs(), {
      isConfirmed: pattern === CONFIRM,
      ...(liveMs !== undefined && { liveMs }),
    });
  if (lease === undefined) return unknown(idOf(pattern, call));
  const renewedLease = wallClockLease(lease, clock);
  const durability = await saveLease(deps, lease);
  return answer(leaseAnswerOf(renewedLease, durability === "durable"));
}

async function released(deps: ApiDeps, call: Call): Promise<Outcome> {
  const lease = leaseOf(deps, ONE, call);
  if (
    lease === undefined ||
    !deps.balancer.release(lease.id, deps.clock.monotonicMs())
  ) return unknown(idOf(ONE, call));
  const durability = await removeLeases(deps, [lease.id]);
  const body: ReleaseAnswer = {
    status: "released",
    lease_id: leaseIdOf(lease.id),
    ...(durability === "memory" && { durable: false as const }),
  };
  return answer(body);
}

/** Ids come from outside, so the detail shows a bounded part. */
const SHOWN_CHARS_MAX = 40;

function unknown(id: string): Problem {
  const shownId = id.slice(0, SHOWN_CHARS_MAX);
  return problem("unknown_lease", `Unknown or ended lease: ${shownId}`);
}
