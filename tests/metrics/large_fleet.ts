/** The metrics of a server with a large fleet, all of it with GPUs, probed and reporting. */
import type { ServerConfig } from "../../src/config/server_keys.ts";
import { AddressCounts } from "../../src/edge/address_counts.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { ConfigControl } from "../../src/wire/reload_outcome.ts";
import { Balancer } from "../../src/engine/balancer.ts";
import { ServerMetrics } from "../../src/server/metrics.ts";
import { OPTIONS, registration, report, stream } from "../engine/fleets.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

/** A balancer with so many backends of 24 cores and eight GPUs each. */
export function largeFleet(
  size: number,
  queue?: BalancerOptions["queue"],
): Balancer {
  const balancer = new Balancer({ ...OPTIONS, queue });
  const next = stream(1);
  for (let index = 0; index < size; index++) {
    const backend = registration(index, next);
    balancer.register({ ...backend, totalGpus: 8 }, 0);
    const gpus = Array.from({ length: 8 }, (_, deviceId) => ({
      deviceId,
      name: "Card",
      utilizationPct: 50,
      memoryUsedGb: 20,
      memoryTotalGb: 80,
      temperatureC: 60,
      powerDrawW: 300,
    }));
    balancer.report(backend.id, { ...report(24, next), gpus }, 0);
    balancer.probe(backend.id, { ok: true, latencyMs: 2 }, 0);
  }
  return balancer;
}

/** The metrics of a server with that balancer, where nobody calls. */
export function metricsOver(
  balancer: Balancer,
  config: ServerConfig,
  configuration?: ConfigControl,
): ServerMetrics {
  return new ServerMetrics(config, {
    balancer,
    store: new MemoryStore(),
    clock: new FakeClock(1000),
    logger: new FakeLogger(),
    events: { counts: new Map() },
    door: () => ({
      load: {
        connections: 0,
        inFlight: 0,
        perAddress: new AddressCounts(),
        isDraining: false,
      },
      upstreamConnections: 0,
      certificateEnds: new Map([["tls_cert_file", 1_800_000_000_000]]),
    }),
    plane: () => ({ configuration }),
  });
}
