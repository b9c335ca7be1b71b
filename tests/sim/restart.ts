/** A server starts: a new balancer is given what the database kept of the one before. */
import { Chance } from "../fuzz/chance.ts";
import { Backend, type Promised } from "./books.ts";
import type { Rows } from "./rows.ts";
import { hold } from "./violation.ts";
import type { World } from "./world.ts";

/** Leases are numbered as the server does it: from the second in which it started, and a little luck. */
const LEASES_PER_SECOND = 2 ** 21;
/** The second in which every world begins, since 1970. */
const FIRST_SECOND = 1_767_225_600;
const GRAINS = 2 ** 30;

/** Starts the server of a world; `luck` moves the number of its first lease, 0 to below 2^20. */
export function restart(world: World, luck: number): void {
  const { settings, rows, at } = world;
  world.bootedAt = at;
  const chance = new Chance(settings.seed + ++world.starts);
  const second = FIRST_SECOND + Math.floor(at / 1000);
  world.balancer = world.build({
    ...settings.options,
    chance: () => chance.below(GRAINS) / GRAINS,
    firstLeaseId: second * LEASES_PER_SECOND + luck + 1,
    onForgotten: (stickyId, tier) => rows.removeSticky(stickyId, tier),
    onLeaseEnded: (id) => world.drainEnded(id),
    onEvent: (event) => world.heard(event),
  });
  world.isOpen = false;
  restoreBackends(world, rows);
  for (const assignment of rows.sticky.values()) {
    world.balancer.restore(assignment);
  }
  restoreLeases(world, rows);
  restoreDrains(world, rows);
}

function restoreBackends(world: World, rows: Rows): void {
  const { backends, balancer, bootedAt } = world;
  backends.clear();
  for (const [id, row] of rows.backends) {
    const { registration, machine, lastSeenAt } = row;
    const backend = new Backend(machine, registration, lastSeenAt);
    backends.set(id, backend);
    balancer?.register(registration, lastSeenAt - bootedAt);
    for (const { report, at } of row.reports) {
      balancer?.report(id, report, at - bootedAt);
      backend.report = report;
      backend.reportedAt = at;
    }
  }
}

function restoreDrains(world: World, rows: Rows): void {
  const { backends, goneDrained, balancer, bootedAt } = world;
  goneDrained.clear();
  for (const drain of rows.drains.values()) {
    const backend = backends.get(drain.backendId);
    const { since, deadlineAt = Infinity } = drain;
    if (backend === undefined) goneDrained.add(drain.backendId);
    else {
      backend.isDraining = true;
      backend.deadlineAt = deadlineAt;
    }
    const isBack = balancer?.restoreDrain({
      ...drain,
      since: since - bootedAt,
      deadlineAt: deadlineAt === Infinity ? undefined : deadlineAt - bootedAt,
    }, 0);
    hold("drained", isBack === true, () => `${drain.backendId} is forgotten`);
  }
}

function restoreLeases(world: World, rows: Rows): void {
  const { books, backends, balancer, bootedAt, at } = world;
  const before = new Map(books.live);
  books.endAll(() => true);
  const kept = [...rows.leases.values()].sort((a, b) => a.id - b.id);
  for (const row of kept) {
    if (row.expiresAt <= at) {
      rows.leases.delete(row.id);
      continue;
    }
    const { startedAt } = row;
    const isBack = balancer?.restoreLease({
      ...row,
      placedAt: row.placedAt - bootedAt,
      startedAt: startedAt === undefined ? undefined : startedAt - bootedAt,
      expiresAt: row.expiresAt - bootedAt,
    }, 0);
    const backend = backends.get(row.backendId);
    const tier = world.settings.options.tiers.find((one) =>
      one.name === row.tier
    );
    hold(
      "durable",
      isBack === (backend !== undefined),
      () => `lease ${row.id} on ${row.backendId}: ${isBack ? "back" : "lost"}`,
    );
    if (backend === undefined || tier === undefined) continue;
    const isShown = startedAt !== undefined && startedAt < backend.reportedAt;
    const promised: Promised = {
      ...row,
      tier,
      isSingle: false,
      inFlight: 0,
      isShown: isShown || before.get(row.id)?.isShown === true,
    };
    books.open(promised);
  }
}
