/** How the demo says things: one line a decision, one line a backend, a summary. */
import type { ClientView } from "../../wire/client_view.ts";
import { type Column, textTable } from "../text_table.ts";
import type { Story, Told, Wish } from "./story.ts";

const BAR_CELLS = 12;

/** Weight of the mean use of a machine's GPUs, for tiers that ask for any. */
const GPU_WEIGHT = 1.5;

const FLEET_COLUMNS: readonly Column[] = [
  { title: "MACHINE" },
  { title: "CORES", right: true },
  { title: "CPU" },
  { title: "MEMORY" },
  { title: "DISK" },
  { title: "HELD", right: true },
  { title: "GETS WORK" },
];

const GPU_COLUMNS: readonly Column[] = [
  { title: "GPUS OF" },
  { title: "NO", right: true },
  { title: "GPU USE" },
  { title: "GPU MEMORY" },
  { title: "HEAT", right: true },
  { title: "MODEL" },
];

/** What the score needs to know of a tier. */
export interface TierSize {
  readonly vcpu: number;
  /** Absent for tiers without GPUs. */
  readonly gpuMemoryGb?: number;
}

/** A decision in one line. */
export function decisionLine(told: Told): string {
  const wish = `${told.wish.tier.padEnd(13)} from ${
    askerOf(told.wish).padEnd(18)
  }`;
  switch (told.kind) {
    case "placed":
      return `${wish} -> ${told.answer.hostname}${
        cardsOf(told.answer.gpus)
      }: ${told.why}`;
    case "refused":
      return `${wish} -> refused: ${tallyWords(told.tally)}`;
  }
}

/** The terms of the documented score for the chosen backend, from what the server shows of it. */
export function reasonOf(
  view: ClientView | undefined,
  { vcpu, gpuMemoryGb }: TierSize,
  distanceKm: number,
): string {
  if (view === undefined || view.cpu_usage_pct.length === 0) {
    return "lowest score";
  }
  const least = view.cpu_usage_pct.toSorted((a, b) => a - b).slice(0, vcpu);
  const cpu = least.reduce((sum, use) => sum + use, 0) / least.length;
  const memory = 100 * view.memory_used_gb / view.memory_total_gb;
  const gpu = gpuMemoryGb === undefined
    ? 0
    : GPU_WEIGHT * mean(view.gpus.map((card) => card.utilization_pct));
  const score = distanceKm + cpu + memory + gpu + view.latency_ms;
  const [total, km, busy, used, cards] = [score, distanceKm, cpu, memory, gpu]
    .map((term) => term.toFixed(1));
  return `score ${total} = ${km} km + CPU ${busy} + memory ${used}` +
    (gpuMemoryGb === undefined ? "" : ` + GPU ${cards}`);
}

/** The fleet as a table with bars. */
export function fleetTable(fleet: readonly ClientView[]): string {
  if (fleet.length === 0) return "No machine has registered yet\n";
  return textTable(
    FLEET_COLUMNS,
    fleet.map((view) => [
      view.hostname,
      String(view.cpu_cores),
      bar(mean(view.cpu_usage_pct) / 100),
      bar(view.memory_used_gb / view.memory_total_gb),
      bar(view.disk_used_gb / view.disk_total_gb),
      `${view.held.vcpu} vCPU`,
      view.routable ? "yes" : `no: ${view.not_routable_because}`,
    ]),
  );
}

/** The fleet's GPUs as a table with bars, one line a card; nothing where there are none. */
export function gpuTable(fleet: readonly ClientView[]): string {
  const cards = fleet.flatMap((view) =>
    view.gpus.map((card) => [
      view.hostname,
      String(card.device_id),
      bar(card.utilization_pct / 100),
      bar(card.memory_used_gb / card.memory_total_gb),
      `${Math.round(card.temperature_c)} °C`,
      `${Math.round(card.memory_total_gb)} GB ${card.name}`,
    ])
  );
  return cards.length === 0 ? "" : textTable(GPU_COLUMNS, cards);
}

/** What came of it all. */
export function summary(story: Story): string {
  const counts = (of: ReadonlyMap<string, number>) =>
    [...of].sort(([, a], [, b]) => b - a).map(([name, count]) =>
      `${name} ${count}`
    ).join(", ") || "none";
  return [
    `Decisions: ${story.placed} placed (${counts(story.placedOn)})`,
    `Refusals:  ${story.refused} (passed over: ${counts(story.refusedFor)})`,
    ...(story.failed > 0 ? [`Failed calls: ${story.failed}`] : []),
  ].join("\n") + "\n";
}

function tallyWords(tally: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(tally).filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} × ${reason}`).join(", ");
  return reasons === "" ? "there are no backends" : reasons;
}

function cardsOf(gpus: readonly number[] = []): string {
  if (gpus.length === 0) return "";
  return `, GPU${gpus.length === 1 ? "" : "s"} ${gpus.join(" and ")}`;
}

function askerOf({ from, session }: Wish): string {
  return session === undefined ? from : `${from} (${session})`;
}

function bar(share: number): string {
  const filled = Math.round(BAR_CELLS * Math.min(1, Math.max(0, share || 0)));
  const percent = `${Math.round(100 * (share || 0))}%`.padStart(4);
  return `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)}${percent}`;
}

function mean(values: readonly number[]): number {
  return values.length === 0
    ? 0
    : values.reduce((sum, value) => sum + value, 0) / values.length;
}
