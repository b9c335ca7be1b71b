/** One backend from inside: its cores, its GPUs, its leases. */
import type { ClientView } from "../../wire/client_view.ts";
import type { LeaseAnswer } from "../../wire/lease_answer.ts";
import { fitted } from "../text_width.ts";

/** Columns of one core: its number, a bar, its use. */
const CORE_COLUMNS = 20;
const BAR_COLUMNS = 8;

/** The lines. */
export function insideLines(
  client: ClientView,
  leases: readonly LeaseAnswer[] | undefined,
  columns: number,
): string[] {
  const { routable, not_routable_because: because } = client;
  return [
    `${client.client_id}  ${client.hostname}  ${client.endpoint}`,
    `seen ${
      client.last_seen.replace(/\.\d+Z$/, "Z")
    }  ${client.health_status}  ${
      routable ? "gets work" : `gets no work: ${because ?? "unknown"}`
    }`,
    `memory ${gb(client.memory_used_gb)} of ${
      gb(client.memory_total_gb)
    } GB  disk ${gb(client.disk_used_gb)} of ${gb(client.disk_total_gb)} GB`,
    "",
    `CORES (${client.cpu_usage_pct.length})`,
    ...coreLines(client.cpu_usage_pct, columns),
    "",
    `GPUS (${client.gpus.length})`,
    ...client.gpus.map(gpuLine),
    "",
    `LEASES (${client.held.leases})`,
    ...leases?.map(leaseLine) ?? [],
  ];
}

function coreLines(cores: readonly number[], columns: number): string[] {
  const perLine = Math.max(1, Math.floor(columns / CORE_COLUMNS));
  const cells = cores.map((percent, core) => {
    const full = Math.round(
      Math.min(Math.max(percent, 0), 100) / 100 * BAR_COLUMNS,
    );
    const bar = "|".repeat(full).padEnd(BAR_COLUMNS, ".");
    return `${String(core).padStart(4)} ${bar} ${
      `${percent.toFixed(0)}%`.padStart(4)
    }  `;
  });
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += perLine) {
    lines.push(cells.slice(i, i + perLine).join(""));
  }
  return lines;
}

function gpuLine(gpu: ClientView["gpus"][number]): string {
  const throttled = gpu.throttled ? "  throttled" : "";
  return `${String(gpu.device_id).padStart(4)} ${fitted(gpu.name, 24)} ${
    fitted(`${gpu.utilization_pct.toFixed(0)}%`, 4, "right")
  }  ${gb(gpu.memory_used_gb)} of ${gb(gpu.memory_total_gb)} GB  ${
    gpu.temperature_c.toFixed(0)
  } C  ${gpu.power_draw_w.toFixed(0)} W${throttled}`;
}

function leaseLine(lease: LeaseAnswer): string {
  const session = lease.sticky_id === undefined ? "" : `  ${lease.sticky_id}`;
  return `  ${fitted(lease.lease_id, 8)} ${fitted(lease.state, 9)} ${
    fitted(lease.tier, 12)
  } until ${lease.expires_at.replace(/\.\d+Z$/, "Z")}${session}`;
}

function gb(value: number): string {
  return value.toFixed(1);
}
