/**
 * Rules between the keys that decide: `routing`, ejection and the queue. A value that can't be meant is a problem; one
 * that nothing reads is a warning, because a file may keep it for the day when it is read again.
 *
 * Two pairs have no rule on purpose. `queue.max_wait_seconds` and `request_timeout_seconds` follow each other: the
 * second begins when the backend has the request. `decision_log.sample_pct` needs no `decision_log.entries`: what is
 * written to the database is not taken from memory.
 */
import { leavesOf } from "./leaf.ts";
import { type Objection, problem, type Rule } from "./rule.ts";
import type { ServerConfig } from "./server_keys.ts";
import { DECISION_KEYS } from "./session_keys.ts";

/** All rules about decisions. */
export const ROUTING_RULES: readonly Rule<ServerConfig>[] = [
  classicRule,
  kneeRule,
  guardRule,
  distanceRule,
  ejectionTimesRule,
  ejectionOffRule,
  queueOffRule,
];

type IsSet = (path: string) => boolean;

/** What both modes read of `routing`; all the rest is adaptive's. */
const OF_BOTH_MODES = /^routing\.(mode$|ejection\.)/;

function classicRule({ routing }: ServerConfig, isSet: IsSet): Objection[] {
  if (routing.mode !== "classic") return [];
  const paths = leavesOf({ routing: DECISION_KEYS.routing })
    .map(({ path }) => path)
    .filter((path) => !OF_BOTH_MODES.test(path) && isSet(path));
  return [unread(paths, "routing.mode", 'is "classic"')];
}

/** A machine whose memory passes its target before the knee never meets the knee. */
function kneeRule({ routing }: ServerConfig, isSet: IsSet): Objection[] {
  const { knee, kneeWeight, guard, targetMemory } = routing.headroom;
  const areRead = routing.mode === "adaptive" && kneeWeight > 0 &&
    guard !== "off";
  if (!areRead || knee < targetMemory) return [];
  const lower = ["routing.headroom.knee", knee] as const;
  const upper = ["routing.headroom.target_memory", targetMemory] as const;
  return [outOfOrder(lower, upper, ["below", "above"], isSet)];
}

/** Only one kind of guard has a weight, and without a guard the memory has no target; that of the CPU scales the knee too. */
function guardRule({ routing }: ServerConfig, isSet: IsSet): Objection[] {
  const { guard } = routing.headroom;
  if (routing.mode !== "adaptive" || guard === "penalty") return [];
  const keys = guard === "off"
    ? ["guard_weight", "target_memory"]
    : ["guard_weight"];
  const paths = keys.map((key) => `routing.headroom.${key}`).filter(isSet);
  return [unread(paths, "routing.headroom.guard", `is "${guard}"`)];
}

/** What bounds the points of distances needs some to bound. */
function distanceRule({ routing }: ServerConfig, isSet: IsSet): Objection[] {
  if (routing.mode !== "adaptive" || routing.weights.distance > 0) return [];
  const paths = ["routing.weights.distance_max"].filter(isSet);
  return [unread(paths, "routing.weights.distance", "is 0")];
}

function ejectionTimesRule(
  { routing: { ejection } }: ServerConfig,
  isSet: IsSet,
): Objection[] {
  const { baseSeconds, maxSeconds } = ejection;
  if (baseSeconds <= maxSeconds) return [];
  const lower = ["routing.ejection.base_seconds", baseSeconds] as const;
  const upper = ["routing.ejection.max_seconds", maxSeconds] as const;
  return [outOfOrder(lower, upper, ["at most", "at least"], isSet)];
}

function ejectionOffRule(
  { ejectionEnabled }: ServerConfig,
  isSet: IsSet,
): Objection[] {
  if (ejectionEnabled) return [];
  const paths = leavesOf({ routing: DECISION_KEYS.routing })
    .map(({ path }) => path)
    .filter((path) => path.startsWith("routing.ejection.") && isSet(path));
  return [unread(paths, "ejection_enabled", "is false")];
}

/** A tier's priority of 0 is the default, which says nothing about waiting. */
function queueOffRule(
  { queue, tiers }: ServerConfig,
  isSet: IsSet,
): Objection[] {
  if (queue.enabled) return [];
  const paths = ["queue.max_length", "queue.max_wait_seconds"].filter(isSet);
  const priorities = tiers.flatMap(({ priority }, index) =>
    priority > 0 ? [`tiers[${index}].priority`] : []
  );
  const why = "is false and nothing waits";
  return [unread([...paths, ...priorities], "queue.enabled", why)];
}

function unread(
  paths: readonly string[],
  key: string,
  why: string,
): Objection {
  return { kind: "unread", paths, because: [key], reason: `${key} ${why}` };
}

/** Two values the wrong way round. The one that somebody set is pointed at: a default stands on no line. */
function outOfOrder(
  [lowerPath, lower]: readonly [path: string, value: number],
  [upperPath, upper]: readonly [path: string, value: number],
  [lowerWanted, upperWanted]: readonly [string, string],
  isSet: IsSet,
): Objection {
  return isSet(lowerPath) || !isSet(upperPath)
    ? problem(lowerPath, `${lower}`, `${lowerWanted} ${upperPath} (${upper})`, [
      upperPath,
    ])
    : problem(upperPath, `${upper}`, `${upperWanted} ${lowerPath} (${lower})`, [
      lowerPath,
    ]);
}
