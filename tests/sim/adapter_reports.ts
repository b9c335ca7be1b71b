/** Reports as the engine takes them, from the columns of the simulator. */
import type { GpuReading, Report } from "../../src/engine/backend.ts";
import type { RequestView, SessionView } from "./adapter_types.ts";

/** The report of a backend that answers requests. */
export function requestReport(view: RequestView, i: number): Report {
  const totalGb = view.memTotal[i] ?? 0;
  const availableGb = view.memAvail[i] ?? 0;
  const freeGb = view.diskAvail[i] ?? 0;
  const cores = view.cores[i] ?? 0;
  const shortPct = 100 * (view.cpuShort[i] ?? NaN);
  const memory = { totalGb, usedGb: totalGb - availableGb, availableGb };
  return {
    coreUsagePct: usePerCore(view.prefix[i], cores),
    memory,
    disk: { totalGb: freeGb, usedGb: 0, availableGb: freeGb },
    gpus: [],
    windowSeconds: view.window,
    ...(!Number.isNaN(shortPct) && {
      shortWindow: {
        seconds: 10,
        coreUsagePct: new Array<number>(cores).fill(shortPct),
        memoryUsedGb: memory.usedGb,
        diskUsedGb: 0,
        gpus: [],
      },
    }),
  };
}

/** The report of a backend that hosts sessions. */
export function sessionReport(view: SessionView, i: number): Report {
  const { B } = view;
  const cores = B.cores[i] ?? 0;
  const vramGb = B.vram[i] ?? 0;
  const gpus = (pct: Float64Array | undefined, gb: Float64Array | undefined) =>
    Array.from({ length: B.gpus[i] ?? 0 }, (_, g): GpuReading => ({
      deviceId: g,
      name: "",
      utilizationPct: 100 * (pct?.[g] ?? 0),
      memoryUsedGb: gb?.[g] ?? 0,
      memoryTotalGb: vramGb,
      temperatureC: 0,
      powerDrawW: 0,
    }));
  const room = (totalGb = 0, usedGb = 0) => ({
    totalGb,
    usedGb,
    availableGb: totalGb - usedGb,
  });
  const shortPct = 100 * (view.cpuShort[i] ?? NaN);
  return {
    coreUsagePct: usePerCore(view.prefix[i], cores),
    memory: room(B.mem[i], view.memUsed[i]),
    disk: room(B.disk[i], view.diskUsed[i]),
    gpus: gpus(view.gpuUtil[i], view.gpuVram[i]),
    windowSeconds: view.window,
    windowFilledSeconds: view.winLen[i],
    ...(!Number.isNaN(shortPct) && {
      shortWindow: {
        seconds: view.shortWindow,
        coreUsagePct: new Array<number>(cores).fill(shortPct),
        memoryUsedGb: view.memShort[i] ?? 0,
        diskUsedGb: view.diskUsed[i] ?? 0,
        gpus: gpus(view.gpuShort[i], view.vramShort[i]),
      },
    }),
  };
}

function usePerCore(sums: Float64Array | undefined, cores: number): number[] {
  return Array.from(
    { length: cores },
    (_, k) => (sums?.[k + 1] ?? 0) - (sums?.[k] ?? 0),
  );
}
