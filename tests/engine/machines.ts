/** Machines and settings in plain words, for tests about one or a few backends. */
import type { Registration, Report } from "../../src/engine/backend.ts";
import { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { Placed } from "../../src/engine/decision.ts";
import { OPTIONS } from "./fleets.ts";

/** What a test says of a machine; the rest is an idle 16-core machine with 64 GB and no place. */
export interface Machine {
  readonly cores?: number;
  /** Mean use of every core. */
  readonly cpuPct?: number;
  readonly memoryTotalGb?: number;
  readonly memoryFreeGb?: number;
  readonly diskFreeGb?: number;
  readonly place?: Registration["place"];
  /** Cards as [use %, total GB, used GB]. */
  readonly gpus?: readonly (readonly [number, number, number])[];
}

/** The registration of a machine. */
export function registered(id: string, machine: Machine = {}): Registration {
  return {
    id,
    hostname: `host-of-${id}`,
    publicIp: "",
    localIp: "127.0.0.1",
    place: machine.place,
    totalCores: machine.cores ?? 16,
    totalMemoryGb: machine.memoryTotalGb ?? 64,
    totalStorageGb: 1000,
    totalGpus: machine.gpus?.length ?? 0,
    gpuModels: [],
    endpoint: `http://127.0.0.1/${id}`,
    endpoints: [],
  };
}

/** The report of a machine. */
export function reported(machine: Machine = {}): Report {
  const totalGb = machine.memoryTotalGb ?? 64;
  const availableGb = machine.memoryFreeGb ?? totalGb;
  const diskFreeGb = machine.diskFreeGb ?? 1000;
  return {
    coreUsagePct: new Array<number>(machine.cores ?? 16).fill(
      machine.cpuPct ?? 0,
    ),
    memory: { totalGb, usedGb: totalGb - availableGb, availableGb },
    disk: {
      totalGb: 1000,
      usedGb: 1000 - diskFreeGb,
      availableGb: diskFreeGb,
    },
    gpus: (machine.gpus ?? []).map(([use, total, used], deviceId) => ({
      deviceId,
      name: "Card",
      utilizationPct: use,
      memoryTotalGb: total,
      memoryUsedGb: used,
      temperatureC: 40,
      powerDrawW: 100,
    })),
  };
}

/** A balancer over these machines, all registered and reported at 0. */
export function balancerOver(
  machines: Readonly<Record<string, Machine>>,
  options: Partial<BalancerOptions> = {},
): Balancer {
  const balancer = new Balancer({ ...OPTIONS, ...options });
  for (const [id, machine] of Object.entries(machines)) {
    balancer.register(registered(id, machine), 0);
    balancer.report(id, reported(machine), 0);
  }
  return balancer;
}

/** The placement that the ask must lead to. */
export function placed(
  balancer: Balancer,
  tier: string,
  now = 0,
  stickyId?: string,
): Placed {
  const decision = balancer.place({ tier, stickyId }, now);
  if (decision.kind !== "placed") {
    throw new Error(`Expected a placement, got ${JSON.stringify(decision)}`);
  }
  return decision;
}
