import assert from "node:assert/strict";
import { gpuWords } from "../../src/cli/gpu_words.ts";
import type { ClientView } from "../../src/wire/client_view.ts";

/** A card with 80 GB of which 10 are in use. */
function card(changes: Partial<ClientView["gpus"][number]> = {}) {
  return {
    device_id: 0,
    name: "NVIDIA A100",
    utilization_pct: 0,
    memory_used_gb: 10,
    memory_total_gb: 80,
    temperature_c: 60,
    temperature_limit_c: 90,
    power_draw_w: 60,
    throttled: false,
    ...changes,
  };
}

function words(...gpus: ClientView["gpus"]): string {
  return gpuWords({ total_gpus: gpus.length, gpu_models: [], gpus });
}

Deno.test("a machine without GPUs has 0 of them, and one that counts but does not name them says how many", () => {
  assert.equal(words(), "0");
  assert.equal(gpuWords({ total_gpus: 2, gpu_models: [], gpus: [] }), "2");
});

Deno.test("cards are counted by model, with the free VRAM of the card that has the most of it", () => {
  assert.equal(
    words(card(), card({ memory_used_gb: 79 }), card({ name: "L4" })),
    "2 × A100 + 1 × L4, 70 GB free",
  );
});

Deno.test("before the first report there is no VRAM to tell of", () => {
  const registered = { total_gpus: 1, gpu_models: ["NVIDIA L4"], gpus: [] };
  assert.equal(gpuWords(registered), "1 × L4");
});

Deno.test("cards near their limit are hot, and throttled ones are counted", () => {
  const cards = [
    card({ temperature_c: 84 }),
    card({ temperature_c: 85 }),
    card({ temperature_c: 99, throttled: true }),
    card({ temperature_c: 120, temperature_limit_c: undefined }),
  ];
  assert.equal(words(...cards), "4 × A100, 70 GB free, 2 hot, 1 throttled");
});

Deno.test("cards on which nobody may compute are counted", () => {
  const cards = [card({ compute_mode: "prohibited" }), card()];
  assert.equal(words(...cards), "2 × A100, 70 GB free, 1 prohibited");
});

Deno.test("a MIG instance is named by its size", () => {
  const name = "NVIDIA H100 80GB HBM3 MIG 1g.10gb";
  assert.equal(words(card({ name })), "1 × H100 MIG 1g.10gb, 70 GB free");
});

Deno.test("long names and many models don't make the table wider than it can be read", () => {
  const names = ["x".repeat(60), "", "L4", "T4"];
  assert.equal(
    words(...names.map((name) => card({ name }))),
    `1 × ${"x".repeat(19)}… + 1 × unnamed + …, 70 GB free`,
  );
});
