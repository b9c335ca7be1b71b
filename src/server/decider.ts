/** Builds the balancer from the configuration: names and seconds become the engine's terms. */
import type { ServerConfig } from "../config/server_keys.ts";
import { Balancer } from "../engine/balancer.ts";
import type {
  BalancerOptions,
  BalancerSettings,
  Routing,
} from "../engine/balancer_options.ts";
import { tier } from "../engine/tier.ts";
import { countryCodeOf } from "../policy/country.ts";
import type { Clock, Random } from "../ports.ts";

/** Bound of the sticky assignments in memory and in the database. */
export const STICKY_MAX = 100_000;

/**
 * Leases are numbered from the second in which the server started, so that no number is given twice by servers that run
 * one after the other; so many numbers belong to each second, enough until the year 2106.
 */
const LEASES_PER_SECOND = 2 ** 21;

/** What a balancer is built with besides its configuration. */
export interface DeciderParts extends
  Pick<
    BalancerOptions,
    "onForgotten" | "onLeaseEnded" | "onEvent" | "onSuspect"
  > {
  readonly clock: Clock;
  readonly random: Random;
}

/** A balancer with an empty fleet. */
export function balancerOf(
  config: ServerConfig,
  { clock, random, ...told }: DeciderParts,
): Balancer {
  return new Balancer({
    ...balancerSettings(config),
    ...told,
    chance: () => random.next(),
    firstLeaseId: firstLeaseId(clock, random),
  });
}

/** The part of the configuration that a balancer goes by. */
export function balancerSettings(config: ServerConfig): BalancerSettings {
  const { routing: { ejection }, queue } = config;
  return {
    tiers: config.tiers.map((needs) =>
      tier({
        name: needs.name,
        vcpu: needs.vcpu,
        memoryGb: needs.memoryGb,
        storageGb: needs.storageGb,
        gpus: needs.gpu,
        gpuMemoryGb: needs.gpuMemoryGb,
        gpuModel: needs.gpuModel,
        gpuVendor: needs.gpuVendor,
        maxDistanceKm: needs.maxDistanceKm || Infinity,
        countries: new Set(needs.countries.map(codeOf)),
        priority: needs.priority,
      })
    ),
    routing: routingOf(config),
    staleAfterMs: staleAfterMs(config),
    gpuMaxTemperatureC: config.gpuMaxTemperatureC,
    holdMs: config.pendingAllocationTimeoutSeconds * 1000,
    stickyAffinity: config.stickyAffinityEnabled,
    health: {
      unhealthyAfter: config.healthCheckUnhealthyThreshold,
      healthyAfter: config.healthCheckHealthyThreshold,
    },
    ejection: config.ejectionEnabled
      ? {
        consecutive: ejection.consecutive,
        errorRate: ejection.errorRate,
        baseMs: ejection.baseSeconds * 1000,
        maxMs: ejection.maxSeconds * 1000,
        maxSharePct: ejection.maxSharePct,
      }
      : undefined,
    panic: config.panic,
    queue: queue.enabled
      ? { lengthMax: queue.maxLength, waitMsMax: queue.maxWaitSeconds * 1000 }
      : undefined,
    maxBackends: config.maxBackends,
    maxSticky: STICKY_MAX,
  };
}

/** How old a report may be that still counts, milliseconds. */
export function staleAfterMs(config: ServerConfig): number {
  return config.staleMinutes * 60_000;
}

/** The rule and its settings. */
export function routingOf({ routing }: ServerConfig): Routing {
  if (routing.mode === "classic") return { mode: "classic" };
  const { weights, ledger, headroom, response, nearTie } = routing;
  return {
    mode: "adaptive",
    options: {
      weights,
      ledger: {
        cpuShare: ledger.cpuShare,
        memoryShare: ledger.memoryShare,
        settleMs: ledger.settleSeconds * 1000,
      },
      headroom,
      gpuBusyPct: routing.gpuBusyPct,
      response: {
        kappa: response.kappa,
        alpha: response.alpha,
        tauMs: response.tauSeconds * 1000,
        errorPenaltyMs: response.errorPenaltyMs,
      },
      nearTie,
      peers: routing.peers,
    },
  };
}

function codeOf(country: string): string {
  return countryCodeOf(country) ?? country;
}

function firstLeaseId(clock: Clock, random: Random): number {
  const second = Math.max(0, Math.floor(clock.wallMs() / 1000));
  const start = Math.floor(random.next() * LEASES_PER_SECOND / 2);
  return second * LEASES_PER_SECOND + start + 1;
}
