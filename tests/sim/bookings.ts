/** Takes a placement into the world's books, after checking that it should have been made. */
import type { Placed } from "../../src/engine/decision.ts";
import type { Backend, Promised } from "./books.ts";
import { checkBooking } from "./placement_checks.ts";
import type { AskStep } from "./steps.ts";
import { hold } from "./violation.ts";
import type { World } from "./world.ts";

/** A new lease: its number is new, its backend had room, and the session's earlier one has ended. */
export function book(
  world: World,
  step: AskStep,
  placed: Placed,
  backend: Backend,
): void {
  const { books, settings, at, bootedAt, isOpen } = world;
  const { leaseId: id, gpus } = placed.hold;
  const { stickyId, idempotencyKey } = step;
  hold("numbers", !books.wasGiven(id), () => `lease ${id} was given before`);
  const tier = settings.options.tiers.find(({ name }) => name === step.tier);
  hold("live", tier !== undefined, () => `there is no tier ${step.tier}`);
  const named = idempotencyKey === undefined
    ? undefined
    : books.ofKey(idempotencyKey);
  hold(
    "key",
    named === undefined,
    () => `"${idempotencyKey}" gets lease ${id} beside ${named?.id}`,
  );
  const moved = stickyId === undefined
    ? undefined
    : books.ofSession(stickyId, step.tier);
  if (moved !== undefined) {
    hold(
      "session",
      !mayStay(world, step, moved),
      () => `${stickyId} gets lease ${id}, ${moved.id} was good`,
    );
    books.end(moved.id);
  }
  const isSingle = step.isRequest && stickyId === undefined;
  const promised: Promised = {
    id,
    backendId: placed.backendId,
    tier,
    stickyId,
    idempotencyKey,
    isSingle,
    gpus,
    placedAt: at,
    startedAt: undefined,
    expiresAt: isSingle ? Infinity : at + settings.options.holdMs,
    inFlight: 0,
    isShown: false,
  };
  const expiresAt = placed.hold.expiresAt + bootedAt;
  hold(
    "live",
    expiresAt === promised.expiresAt,
    () => `lease ${id} ends at ${expiresAt}, not ${promised.expiresAt}`,
  );
  const others = books.on(placed.backendId);
  const isExcluded = step.exclude.includes(backend.machine);
  checkBooking({
    backend,
    promised,
    others,
    isExcluded,
    isOpen,
    at,
    settings,
  });
  books.open(promised);
}

/** A lease that is live already answers its own key or session alone; a session stays where it may. */
export function takeAgain(
  world: World,
  step: AskStep,
  placed: Placed,
  known: Promised,
): void {
  const { id, backendId } = known;
  const isSame = known.tier.name === step.tier &&
    backendId === placed.backendId;
  hold("live", isSame, () => `lease ${id} was for something else`);
  const isKey = step.idempotencyKey !== undefined &&
    known.idempotencyKey === step.idempotencyKey;
  if (isKey) return;
  const isSession = step.stickyId !== undefined &&
    known.stickyId === step.stickyId;
  hold("live", isSession, () => `lease ${id} is another caller's`);
  const { holdMs } = world.settings.options;
  known.expiresAt = Math.max(known.expiresAt, world.at + holdMs);
  hold(
    "shortfall",
    mayStay(world, step, known),
    () => `lease ${id} is kept on ${backendId}`,
  );
}

/** Whether a session may go on where it is, whatever room is left there. */
function mayStay(
  { backends, at, isOpen, settings: { options } }: World,
  { exclude }: AskStep,
  { backendId }: Promised,
): boolean {
  const backend = backends.get(backendId);
  return backend !== undefined && !backend.isEjected &&
    (isOpen || !backend.isUnhealthy) && !exclude.includes(backend.machine) &&
    at - backend.reportedAt <= options.staleAfterMs;
}
