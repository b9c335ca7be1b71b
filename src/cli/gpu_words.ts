/** The GPUs of one backend in a cell of a table. */
import { NEAR_LIMIT_C } from "../engine/cards.ts";
import type { ClientView } from "../wire/client_view.ts";

/** What of a backend says what GPUs it has and how they are. */
export type GpuFacts = Pick<ClientView, "total_gpus" | "gpu_models" | "gpus">;

/** Characters of a model's name; more of them would push the other columns out of sight. */
const MODEL_CHARS_MAX = 20;
/** Models that are named; machines with more of them are rare. */
const MODELS_MAX = 2;

/** Such as `8 × H100 80GB HBM3, 63 GB free, 1 hot`; free is the VRAM of the card that has the most of it. */
export function gpuWords({ total_gpus, gpu_models, gpus }: GpuFacts): string {
  // Before the first report there are only those that were registered.
  const models = gpus.length > 0 ? gpus.map(({ name }) => name) : gpu_models;
  if (models.length === 0) return String(total_gpus);
  return [modelWords(models), ...stateWords(gpus)].join(", ");
}

function modelWords(models: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const model of models) counts.set(model, (counts.get(model) ?? 0) + 1);
  const words = [...counts].slice(0, MODELS_MAX)
    .map(([model, count]) => `${count} × ${shortModel(model)}`);
  if (counts.size > MODELS_MAX) words.push("…");
  return words.join(" + ");
}

/** Model names tell makers apart well enough; of a MIG instance its size tells more than the card's memory. */
function shortModel(model: string): string {
  const plain = model.replace(/^(NVIDIA|AMD|Intel) /, "") || "unnamed";
  const name = plain.replace(/^(\S+) .*(?= MIG )/, "$1");
  return name.length > MODEL_CHARS_MAX
    ? `${name.slice(0, MODEL_CHARS_MAX - 1)}…`
    : name;
}

function stateWords(gpus: ClientView["gpus"]): readonly string[] {
  if (gpus.length === 0) return [];
  const freeGb = Math.max(
    ...gpus.map((card) => card.memory_total_gb - card.memory_used_gb),
  );
  const hot = gpus.filter(isHot).length;
  const throttled = gpus.filter((card) => card.throttled).length;
  const closed =
    gpus.filter((card) => card.compute_mode === "prohibited").length;
  return [
    `${freeGb.toFixed(0)} GB free`,
    ...(hot > 0 ? [`${hot} hot`] : []),
    ...(throttled > 0 ? [`${throttled} throttled`] : []),
    ...(closed > 0 ? [`${closed} prohibited`] : []),
  ];
}

/** As the server sees it where no limit is configured. */
function isHot(card: ClientView["gpus"][number]): boolean {
  const { temperature_c: celsius, temperature_limit_c: limit = 0 } = card;
  return limit > 0 && celsius >= limit - NEAR_LIMIT_C;
}
