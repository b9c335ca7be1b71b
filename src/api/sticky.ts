/** `/_opsen/sticky`: where sessions go, shown page by page and forgotten one by one. */
import type { Assignment } from "../engine/sticky.ts";
import { STICKY_PAGE_MAX } from "../wire/bounds.ts";
import { leaseIdOf } from "../wire/lease_id.ts";
import type {
  StickyAssignment,
  StickyPage,
  StickyRemoval,
} from "../wire/sticky_answer.ts";
import { acknowledgement } from "./acknowledgement.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint, type Outcome } from "./endpoint.ts";
import { saidOf } from "./key_revocation.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { problem } from "./problems.ts";
import { invalidParameter, queryOf, wholeParameter } from "./query.ts";
import { leastOf, removeLeases } from "./saved_lease.ts";

const ALL = "/_opsen/sticky";
const ONE = `${ALL}/:sticky_id`;
/** Assignments of a page that asks for no number. */
const PAGE_DEFAULT = 1000;

/** Sessions by their ids. */
export function sticky(deps: ApiDeps): readonly Endpoint[] {
  return [
    {
      path: ALL,
      methods: ["GET"],
      access: "read",
      handle: ({ request }) => page(deps, queryOf(request)),
    },
    {
      path: ALL,
      methods: ["DELETE"],
      access: "admin",
      action: "sticky.remove",
      handle: ({ request }) => {
        const query = queryOf(request);
        const stickyId = query.get("sticky_id") ?? "";
        return stickyId === ""
          ? invalidParameter("sticky_id", "must be the id of a session")
          : removed(deps, stickyId, query);
      },
    },
    {
      path: ONE,
      methods: ["DELETE"],
      access: "admin",
      action: "sticky.remove",
      handle: ({ request }) => {
        const path = pathOf(request.url);
        const stickyId = parametersOf(ONE, path)?.sticky_id ?? "";
        return removed(deps, stickyId, queryOf(request));
      },
    },
  ];
}

function page(deps: ApiDeps, query: URLSearchParams): Outcome {
  const limit = wholeParameter(query, "limit", {
    max: STICKY_PAGE_MAX,
    fallback: PAGE_DEFAULT,
  });
  if (typeof limit !== "number") return limit;
  const cursor = query.get("after") ?? "";
  const after = cursor === "" ? undefined : placeOf(cursor);
  if (cursor !== "" && after === undefined) {
    return invalidParameter("after", "must be what `next` of a page says");
  }
  const wanted = deps.balancer.assignments().filter(isWanted(query));
  const rest = after === undefined
    ? wanted
    : wanted.filter((one) => inOrder(after, one) < 0);
  const shown = first(rest, limit);
  const last = shown.at(-1);
  const body: StickyPage = {
    assignments: shown.map((one) => shownOf(deps, one)),
    total: wanted.length,
    ...(last !== undefined && rest.length > limit && { next: cursorOf(last) }),
  };
  return answer(body);
}

function isWanted(query: URLSearchParams): (one: Assignment) => boolean {
  const backend = query.get("client_id") ?? "";
  const session = query.get("sticky_id") ?? "";
  const tierName = query.get("tier") ?? "";
  return ({ backendId, stickyId, tier }) =>
    (backend === "" || backendId === backend) &&
    (session === "" || stickyId === session) &&
    (tierName === "" || tier === tierName);
}

function shownOf(
  { balancer, clock }: ApiDeps,
  { stickyId, tier, backendId }: Assignment,
): StickyAssignment {
  const lease = balancer.leaseOfSession(stickyId, tier, clock.monotonicMs());
  return {
    sticky_id: stickyId,
    tier,
    client_id: backendId,
    ...(lease !== undefined && { lease_id: leaseIdOf(lease.id) }),
  };
}

/** What names an assignment; pages are in this order, which use does not change. */
type Names = Pick<Assignment, "stickyId" | "tier">;

function inOrder(a: Names, b: Names): number {
  if (a.stickyId !== b.stickyId) return a.stickyId < b.stickyId ? -1 : 1;
  return a.tier < b.tier ? -1 : a.tier > b.tier ? 1 : 0;
}

/** The first `count` in order. To sort all of them for each page would block decisions for a tenth of a second. */
function first(all: readonly Assignment[], count: number): Assignment[] {
  let found: Assignment[] = [];
  let last: Assignment | undefined;
  for (const one of all) {
    if (last !== undefined && inOrder(one, last) > 0) continue;
    found.push(one);
    if (found.length < 2 * count) continue;
    found = found.sort(inOrder).slice(0, count);
    last = found.at(-1);
  }
  return found.sort(inOrder).slice(0, count);
}

function cursorOf({ stickyId, tier }: Names): string {
  return [stickyId, tier]
    .map((name) => encodeURIComponent(name.toWellFormed())).join("/");
}

function placeOf(cursor: string): Names | undefined {
  const place = parametersOf(":stickyId/:tier", cursor);
  const { stickyId, tier } = place ?? {};
  return stickyId === undefined || tier === undefined
    ? undefined
    : { stickyId, tier };
}

/** A removal that was answered survives a kill -9. */
async function removed(
  deps: ApiDeps,
  stickyId: string,
  query: URLSearchParams,
): Promise<Outcome> {
  const { balancer, clock, store, logger } = deps;
  const tier = query.get("tier") || undefined;
  const { assignments, leases } = balancer.endSession(
    stickyId,
    clock.monotonicMs(),
    tier,
  );
  if (assignments.length + leases.length === 0) return unknown(stickyId);
  const leaseNumbers = leases.map(({ id }) => id);
  const durability = leastOf(
    ...await Promise.all([
      removeLeases(deps, leaseNumbers),
      ...assignments.map((one) =>
        acknowledgement(store.removeSticky(stickyId, one.tier), logger)
      ),
    ]),
  );
  const body: StickyRemoval = {
    status: "removed",
    sticky_id: stickyId,
    removed: assignments.map((one) => ({
      tier: one.tier,
      client_id: one.backendId,
    })),
    released: leaseNumbers.map(leaseIdOf),
    ...saidOf(durability),
  };
  return answer(body, { target: stickyId });
}

/** Ids come from outside, so the detail shows a bounded part. */
const SHOWN_CHARS_MAX = 40;

function unknown(stickyId: string) {
  const shownId = stickyId.slice(0, SHOWN_CHARS_MAX);
  return problem("unknown_session", `Unknown session: ${shownId}`, {
    audited: { target: stickyId },
  });
}
