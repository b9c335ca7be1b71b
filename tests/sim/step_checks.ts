/** What must hold after every step and at the end, from what the balancer shows and the world's own books. */
import type { Balancer } from "../../src/engine/balancer.ts";
import type { Refused } from "../../src/engine/decision.ts";
import { type Backend, type Promised, sumOf } from "./books.ts";
import type { AskStep } from "./steps.ts";
import { hold } from "./violation.ts";
import { TICK_MS, type World } from "./world.ts";

/** A refusal speaks of times between these, milliseconds. */
const RETRY_MS = { least: 1000, most: 300_000 };

/** Throws when something does not hold now; a server that is down promises nothing. */
export function checkStep(world: World): void {
  const { balancer } = world;
  if (balancer === undefined) return;
  const { now } = world;
  // The first call lets time pass, and who waits may be served by it.
  balancer.sweep(now);
  checkBackends(world, balancer);
  checkLeases(world, balancer);
  checkSticky(world, balancer);
  checkQueue(world, balancer);
  checkEjected(world);
  checkPanic(world, balancer);
  checkDraining(world);
}

/** Throws when a backend is said to be drained and is not. */
export function checkDrained(
  { books, at }: World,
  { registration: { id }, isDraining, isDrained, deadlineAt, inFlight }:
    Backend,
  said: { readonly sessions: number; readonly inFlight: number },
): void {
  const sessions = books.on(id).filter(({ isSingle }) => !isSingle).length;
  const isOver = (sessions === 0 && inFlight === 0) || at >= deadlineAt;
  hold(
    "drained",
    isDraining && !isDrained && isOver && said.inFlight === inFlight,
    () => `${id} with ${sessions} sessions and ${inFlight} requests`,
  );
}

/** Throws when something is left after all leases have expired. */
export function checkEnd(world: World): void {
  const { balancer, now } = world;
  if (balancer === undefined) return;
  for (
    const { registration: { id }, held, inFlight } of balancer.backends(now)
  ) {
    const isZero = Object.values(held).every((total) => total === 0);
    hold("zero", isZero, () => `${id} holds ${JSON.stringify(held)}`);
    hold("ended", inFlight === 0, () => `${inFlight} in flight on ${id}`);
  }
  const depth = balancer.queue(now)?.depth ?? 0;
  hold("ended", depth === 0, () => `${depth} wait`);
  hold(
    "zero",
    balancer.leaseCount === 0,
    () => `${balancer.leaseCount} leases are left`,
  );
}

/** Throws when a refusal tells less than the truth. */
export function checkRefusal(
  { backends, balancer }: World,
  step: AskStep,
  { tally, fleetSize, retryAfterMs }: Refused,
): void {
  const sum = Object.values(tally).reduce((a, b) => a + b, 0);
  const size = balancer?.size;
  hold(
    "tally",
    sum === fleetSize && fleetSize === backends.size && fleetSize === size,
    () =>
      `${sum} of ${backends.size} backends counted for caller ${step.caller}: ${
        JSON.stringify(tally)
      }`,
  );
  const isWithin = retryAfterMs >= RETRY_MS.least &&
    retryAfterMs <= RETRY_MS.most;
  hold("retry", isWithin, () => `after ${retryAfterMs} ms`);
}

/** Throws when a backend should not have been ejected or not have come back. */
export function checkEjection(
  world: World,
  id: string,
  until: number | undefined,
): void {
  const limits = world.settings.options.ejection;
  hold("ejection", limits !== undefined, () => `${id} is, and none should be`);
  if (until === undefined) return;
  const lengthMs = until - world.now;
  const isWithin = lengthMs >= limits.baseMs && lengthMs <= limits.maxMs;
  hold("ejection", isWithin, () => `${id} for ${lengthMs} ms`);
  checkEjected(world);
}

function checkBackends(world: World, balancer: Balancer): void {
  const { now, books, backends } = world;
  const byBackend = new Map<string, Promised[]>();
  for (const one of books.live.values()) {
    const list = byBackend.get(one.backendId);
    if (list === undefined) byBackend.set(one.backendId, [one]);
    else list.push(one);
  }
  const views = balancer.backends(now);
  hold(
    "live",
    views.length === backends.size,
    () => `${views.length} backends, ${backends.size} registered`,
  );
  for (const { registration: { id }, held, inFlight, isEjected } of views) {
    const sum = sumOf(byBackend.get(id) ?? []);
    const isSame = held.leases === sum.leases && held.vcpu === sum.vcpu &&
      held.memoryGb === sum.memoryGb && held.storageGb === sum.storageGb;
    hold(
      "held",
      isSame,
      () =>
        `${id} holds ${JSON.stringify(held)}, promised ${JSON.stringify(sum)}`,
    );
    const own = backends.get(id);
    hold(
      "inFlight",
      inFlight === own?.inFlight,
      () => `${inFlight} on ${id}, ${own?.inFlight} sent`,
    );
    hold(
      "ejection",
      isEjected === own?.isEjected,
      () => `${id} ${isEjected ? "is" : "is not"} ejected, told otherwise`,
    );
  }
}

function checkLeases({ books, now }: World, balancer: Balancer): void {
  const sessions = new Set<string>();
  const keys = new Set<string>();
  let singles = 0;
  for (const { isSingle } of books.live.values()) if (isSingle) singles++;
  const leases = balancer.leases(now);
  for (const { id, stickyId, tier, idempotencyKey } of leases) {
    hold("live", books.live.has(id), () => `lease ${id} was not promised`);
    const session = `${stickyId} ${tier.name}`;
    const isSecond = stickyId !== undefined && sessions.has(session);
    hold("session", !isSecond, () => `${session} has ${id} too`);
    sessions.add(session);
    if (idempotencyKey === undefined) continue;
    hold(
      "key",
      !keys.has(idempotencyKey),
      () => `${idempotencyKey}: ${id} too`,
    );
    keys.add(idempotencyKey);
  }
  const count = leases.length + singles;
  hold(
    "live",
    count === books.live.size && count === balancer.leaseCount,
    () =>
      `${count} leases of ${balancer.leaseCount}, promised ${books.live.size}`,
  );
}

function checkSticky(
  { backends, settings, isOpen }: World,
  balancer: Balancer,
): void {
  const assignments = balancer.assignments();
  for (const { stickyId, tier, backendId } of assignments) {
    const backend = backends.get(backendId);
    const isUsable = backend !== undefined && !backend.isEjected &&
      !backend.isDrained && (isOpen || !backend.isUnhealthy);
    hold("sticky", isUsable, () => `${stickyId} ${tier} to ${backendId}`);
  }
  const { maxSticky } = settings.options;
  hold(
    "sticky",
    assignments.length <= maxSticky,
    () => `${assignments.length} are kept, ${maxSticky} at most`,
  );
}

function checkQueue(
  { callers, settings, at, now }: World,
  balancer: Balancer,
): void {
  const { queue } = settings.options;
  if (queue === undefined) return;
  const depth = balancer.queue(now)?.depth;
  const { waiting } = callers;
  hold(
    "answered",
    depth === waiting.size,
    () => `${depth} wait in the queue, ${waiting.size} have no answer`,
  );
  for (const { waitsSince, step } of waiting) {
    const waitedMs = at - (waitsSince ?? at);
    hold(
      "longest",
      waitedMs <= queue.waitMsMax + TICK_MS,
      () => `caller ${step.caller} has waited ${waitedMs} ms`,
    );
  }
}

function checkEjected({ backends, settings, isOpen }: World): void {
  const { ejection } = settings.options;
  if (ejection === undefined) return;
  const serving = [...backends.values()].filter((one) => !one.isDraining);
  const out =
    serving.filter((one) => one.isEjected && (isOpen || !one.isUnhealthy))
      .length;
  if (out === 0) return;
  const size = serving.length;
  hold("last", out < size, () => `${out} of ${size} are out`);
  const share = Math.max(1, Math.floor(size * ejection.maxSharePct / 100));
  hold("share", out <= share, () => `${out} of ${size} are out`);
}

/** Throws when a backend should be drained by now. */
function checkDraining({ backends, books, at }: World): void {
  for (const [id, backend] of backends) {
    const { isDraining, isDrained, deadlineAt, inFlight } = backend;
    if (!isDraining || isDrained) continue;
    const isEmpty = inFlight === 0 && books.on(id).length === 0;
    hold("drained", !isEmpty && at < deadlineAt, () => `${id} is not`);
  }
}

function checkPanic(
  { backends, settings: { options }, at, now, isOpen }: World,
  balancer: Balancer,
): void {
  const counted = [...backends.values()].filter((one) =>
    at - one.reportedAt <= options.staleAfterMs && !one.isDraining
  );
  const out = counted.filter((one) => one.isUnhealthy || one.isEjected).length;
  const said = balancer.panic(now);
  const isPanic = out > counted.length / 2;
  const mayBeOpen = isPanic && options.panic === "fail_open";
  hold(
    "panic",
    (said !== undefined) === isPanic && isOpen === mayBeOpen &&
      (said === undefined || said.out === out),
    () => `${out} of ${counted.length} are out: ${JSON.stringify(said)}`,
  );
}
