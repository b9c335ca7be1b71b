/** `POST /route`: a caller asks where to send a session, and the room is booked. */
import type { KeyReused, Placed, Refused } from "../engine/decision.ts";
import { placedOutcome, refusedOutcome } from "../engine/decision_outcome.ts";
import { mayAskFor } from "../policy/principal.ts";
import {
  SESSION_STORED_AGAIN_MS,
  SESSIONS_REMEMBERED_MAX,
  StoredLately,
} from "../policy/stored_lately.ts";
import type { Durability } from "../ports.ts";
import { routeAnswerOf } from "../wire/answers.ts";
import type { ToldDecision } from "../traffic_ports.ts";
import { leaseIdOf } from "../wire/lease_id.ts";
import { type RouteBody, routeBody } from "../wire/route_body.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { type Asked, asked, count, record } from "./decision_record.ts";
import {
  type ApiRequest,
  type Call,
  callerIp,
  type Endpoint,
  type Outcome,
} from "./endpoint.ts";
import { explained, isDryRun } from "./explain.ts";
import { idempotencyKeyOf } from "./idempotency_key.ts";
import { jsonHandler } from "./json_handler.ts";
import { noCapacity } from "./no_capacity.ts";
import {
  type Problem,
  problem,
  rateLimited,
  serverIsStopping,
  tierNotAllowed,
} from "./problems.ts";
import { type WaitEnd, waitForRoom } from "./room_wait.ts";
import { leastOf, removeLeases, saveLease } from "./saved_lease.ts";
import { sessionOf } from "./session_id.ts";

/** Places a session. From the validated body to the booking nothing is awaited: that is the lock. */
export function route(deps: ApiDeps): Endpoint {
  const storedSticky = new StoredLately<string>(
    SESSION_STORED_AGAIN_MS,
    SESSIONS_REMEMBERED_MAX,
  );
  return {
    path: "/route",
    methods: ["POST"],
    access: (request) => isDryRun(request) ? "read" : "route",
    handle: jsonHandler(routeBody, deps.settings, place),
  };

  function place(body: RouteBody, call: Call): Outcome | Promise<Outcome> {
    const { balancer, clock, locator, settings } = deps;
    const { tier, clientIp } = body;
    const { request, requestId } = call;
    const { headers } = request;
    if (call.principal !== undefined && !mayAskFor(call.principal, tier)) {
      return tierNotAllowed(call.principal, tier);
    }
    const rate = deps.rates?.takeTier(
      tier,
      callerIp(call.connection),
      clock.monotonicMs(),
    );
    if (rate !== undefined) return rateLimited(rate);
    const session = sessionOf(settings, headers, clientIp, call.connection);
    if (session.kind === "problem") return session;
    const { stickyId } = session;
    const idempotencyKey = idempotencyKeyOf(headers);
    if (typeof idempotencyKey === "object") return idempotencyKey;
    const place = body.place ??
      (clientIp === "" ? undefined : locator.locate(clientIp));

    const ask = { tier, place, stickyId, idempotencyKey };
    const now = clock.monotonicMs();
    if (isDryRun(request)) return explained(balancer, ask, now);
    const known = asked(deps, requestId, ask, now);
    const begunAt = clock.monotonicMs();
    const decision = balancer.place(ask, now);
    known.tookMs = clock.monotonicMs() - begunAt;
    if (decision.kind !== "refused") count(deps, known, decision);
    switch (decision.kind) {
      case "unknown_tier":
        return problem("unknown_tier", `Unknown tier: ${decision.tier}`);
      case "key_reused":
        return keyReused(decision);
      case "refused":
        return refused(decision, known, request);
      case "placed":
        record(deps, known, placedOutcome(decision));
        return kept(decision, known);
    }
  }

  /** The answer to a placement leaves when the store has its lease, and its session if there is one. */
  async function kept(
    placed: Placed,
    { ask: { tier, stickyId } }: Asked,
    waitedMs?: number,
  ): Promise<Outcome> {
    const { clock } = deps;
    const { lease } = placed;
    const stickySaved = stickyId === undefined
      ? undefined
      : stickyKept(placed, stickyId, tier);
    const leaseSaved = await saveLease(deps, lease);
    const durability = stickySaved === undefined
      ? leaseSaved
      : leastOf(leaseSaved, await stickySaved);
    const leftMs = placed.hold.expiresAt - clock.monotonicMs();
    const body = routeAnswerOf(placed, {
      expiresAt: new Date(clock.wallMs() + leftMs).toISOString(),
      isDurable: durability === "durable",
      waitedMs,
    });
    const decision = toldOf(placed, tier);
    return { kind: "answer", body, fields: fieldsOf(placed), decision };
  }

  /** A new assignment is stored, the use of an old one now and then; undefined when there is nothing to wait for. */
  function stickyKept(
    { backendId, stickiness }: Placed,
    stickyId: string,
    tier: string,
  ): Promise<Durability> | undefined {
    // Who repeats an ask under its key is given that ask's session: its own was not looked at.
    if (stickiness === "none") return undefined;
    const { store, clock, logger } = deps;
    const key = `${stickyId}\0${tier}`;
    const now = clock.monotonicMs();
    const isStored = stickiness === "kept" &&
      storedSticky.has(key, backendId, now);
    if (isStored) return undefined;
    storedSticky.note(key, backendId, now);
    const lastUsedMs = clock.wallMs();
    return acknowledgement(
      store.saveSticky({ stickyId, tier, backendId, lastUsedMs }),
      logger,
    ).then((durability) => {
      if (durability === "memory") storedSticky.forget(key);
      return durability;
    });
  }

  /** Nothing has room: the ask waits if it may. */
  function refused(
    decision: Refused,
    known: Asked,
    request: ApiRequest,
  ): Outcome | Promise<Outcome> {
    const { balancer, drainSignal } = deps;
    const { ask, at } = known;
    const queue = balancer.queue(at);
    const waiting = queue && waitForRoom(balancer, ask, at, {
      caller: request.signal,
      drain: drainSignal,
    });
    if (waiting !== undefined) {
      return waiting.then((end) => afterWaiting(end, decision, known, request));
    }
    count(deps, known, decision);
    record(deps, known, refusedOutcome(decision));
    return noCapacity(
      decision,
      ask.tier,
      queue && {
        state: "full",
        depth: queue.depth,
        waitedMs: 0,
      },
    );
  }

  async function afterWaiting(
    end: WaitEnd,
    refusal: Refused,
    known: Asked,
    { signal }: ApiRequest,
  ): Promise<Outcome> {
    switch (end.kind) {
      case "draining":
        withdrawn(known);
        return serverIsStopping();
      case "caller_left":
        withdrawn(known);
        return noCapacity(refusal, known.ask.tier);
      case "waited":
        break;
    }
    const { waited } = end;
    const { waitedMs } = waited;
    count(deps, known, waited, waitedMs);
    if (waited.kind === "refused") {
      record(deps, known, refusedOutcome(waited, waitedMs));
      const depth = deps.balancer.queue(deps.clock.monotonicMs())?.depth ?? 0;
      const end = { state: "timed_out", depth, waitedMs } as const;
      return noCapacity(waited, known.ask.tier, end);
    }
    if (waited.kind === "key_reused") {
      withdrawn(known);
      return keyReused(waited);
    }
    if (waited.kind === "unknown_tier") {
      withdrawn(known);
      return problem("unknown_tier", `Unknown tier: ${waited.tier}`);
    }
    const placed = await kept(waited, known, waitedMs);
    if (!signal.aborted) {
      record(deps, known, placedOutcome(waited, waitedMs));
      return placed;
    }
    await giveBack(waited);
    withdrawn(known);
    return noCapacity(refusal, known.ask.tier);
  }

  function withdrawn(known: Asked): void {
    const waitedMs = deps.clock.monotonicMs() - known.at;
    record(deps, known, { kind: "withdrawn", waitedMs });
  }

  /** Nobody is there to use the room. What a session or a key names is left to expire: others may have it too. */
  async function giveBack({ lease }: Placed): Promise<void> {
    const { id, stickyId, idempotencyKey } = lease;
    if (stickyId !== undefined || idempotencyKey !== undefined) return;
    deps.balancer.release(id, deps.clock.monotonicMs());
    await removeLeases(deps, [id]);
  }
}

function toldOf({ backendId, stickiness }: Placed, tier: string): ToldDecision {
  return stickiness === "none"
    ? { tier, backendId }
    : { tier, backendId, stickiness };
}

/** The same for proxies that ask and read fields alone, such as nginx with `auth_request`. */
function fieldsOf(
  { endpoint, hold }: Placed,
): Readonly<Record<string, string>> {
  const isPlain = /^[\x21-\x7e]*$/.test(endpoint);
  return {
    "x-opsen-endpoint": isPlain ? endpoint : URL.parse(endpoint)?.href ?? "",
    "x-opsen-lease-id": leaseIdOf(hold.leaseId),
  };
}

function keyReused({ tier }: KeyReused): Problem {
  const detail = `Idempotency-Key is in use for another tier: ${tier}`;
  return problem("idempotency_key_reused", detail);
}
