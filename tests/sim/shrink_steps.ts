/** Makes a failing list of steps shorter, so that what is wrong can be seen. */
import type { Step } from "./steps.ts";

/** Most steps that are lived through again; a shrunk list need not be the shortest. */
const STEPS_MAX = 5_000_000;

/** The shortest list of steps found that still fails: whole machines and callers are left out first, then single steps, then time. */
export function shrinkSteps(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => boolean,
): readonly Step[] {
  let lived = 0;
  const tried = (some: readonly Step[]) => {
    lived += some.length;
    return lived <= STEPS_MAX && fails(some);
  };
  const actors = [...new Set(steps.map(actorOf))];
  const needed = shrinkList(actors, (some) => {
    const set = new Set(some);
    return tried(steps.filter((step) => set.has(actorOf(step))));
  });
  const set = new Set(needed);
  const few = shrinkList(
    steps.filter((step) => set.has(actorOf(step))),
    tried,
  );
  return shrinkList(closeGaps(few, tried), tried);
}

/** Lets steps follow each other at once where it still fails, so that nobody needs to be kept alive in between. */
function closeGaps(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => boolean,
): readonly Step[] {
  let closed = steps;
  for (let from = 0; from < steps.length; from++) {
    const gapMs = closed[from]!.at - (closed[from - 1]?.at ?? 0);
    if (gapMs === 0) continue;
    const earlier = closed.map((step, index) =>
      index < from ? step : { ...step, at: step.at - gapMs }
    );
    if (fails(earlier)) closed = earlier;
  }
  return closed;
}

/** The shortest list found by leaving out runs of items, again until nothing more can go, that still fails. */
export function shrinkList<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => boolean,
): readonly Item[] {
  let shortest = items;
  for (let before = Infinity; shortest.length < before;) {
    before = shortest.length;
    for (let size = before >> 1 || 1; size >= 1; size >>= 1) {
      for (let at = 0; at + size <= shortest.length;) {
        const without = shortest.toSpliced(at, size);
        if (fails(without)) shortest = without;
        else at += size;
      }
    }
  }
  return shortest;
}

/** Who acts in a step; what belongs to nobody is the server's. */
function actorOf(step: Step): string {
  switch (step.kind) {
    case "register":
    case "report":
    case "cards":
    case "probe":
    case "drain":
    case "undrain":
      return `m${step.machine}`;
    case "ask":
    case "renew":
    case "end":
    case "finish":
    case "withdraw":
      return `c${step.caller}`;
    case "forget_silent":
    case "purge":
    case "kill":
    case "start":
      return "server";
  }
}
