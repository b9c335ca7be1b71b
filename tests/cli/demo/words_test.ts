import assert from "node:assert/strict";
import { DECISIONS_KEPT, Story } from "../../../src/cli/demo/story.ts";
import { plainView, screenView } from "../../../src/cli/demo/views.ts";
import {
  decisionLine,
  fleetTable,
  gpuTable,
  reasonOf,
  summary,
} from "../../../src/cli/demo/words.ts";
import type { ClientView } from "../../../src/wire/client_view.ts";
import { FakeShell } from "../fake_shell.ts";

const VIEW: ClientView = {
  client_id: "a",
  hostname: "host-a",
  endpoint: "http://127.0.0.1:1",
  location: { latitude: 0, longitude: 0, country: "", city: "" },
  cpu_cores: 4,
  cpu_usage_pct: [40, 10, 30, 20],
  memory_total_gb: 8,
  memory_used_gb: 2,
  memory_avail_gb: 6,
  disk_total_gb: 100,
  disk_used_gb: 50,
  disk_avail_gb: 50,
  total_gpus: 0,
  gpu_models: [],
  gpus: [],
  last_seen: "2026-01-01T00:00:00.000Z",
  is_active: true,
  health_status: "unknown",
  latency_ms: 0,
  last_health_check: null,
  routable: true,
  not_routable_because: null,
  held: { leases: 1, vcpu: 2, memory_gb: 4, storage_gb: 20 },
};

const WITH_GPUS: ClientView = {
  ...VIEW,
  gpus: [
    {
      device_id: 0,
      name: "X",
      utilization_pct: 80,
      memory_used_gb: 14.4,
      memory_total_gb: 24,
      temperature_c: 71.2,
      power_draw_w: 250,
    },
    {
      device_id: 1,
      name: "Y",
      utilization_pct: 0,
      memory_used_gb: 0,
      memory_total_gb: 48,
      temperature_c: 38,
      power_draw_w: 20,
    },
  ],
};

const WISH = { tier: "medium", vcpu: 2, from: "Paris" };
const PLACED = {
  kind: "placed",
  wish: WISH,
  answer: {
    client_id: "a",
    endpoint: "http://127.0.0.1:1",
    hostname: "host-a",
    distance_km: 12,
  },
  why: "score 52",
} as const;
const REFUSED = {
  kind: "refused",
  wish: { ...WISH, session: "alice" },
  tally: { cores: 2, memory: 0, stale: 1 },
} as const;

Deno.test("a decision is told in one line, with its reason", () => {
  assert.match(decisionLine(PLACED), /^medium .*Paris .*host-a: score 52$/);
  assert.match(
    decisionLine(REFUSED),
    /\(alice\) .*refused: 2 × cores, 1 × stale$/,
  );
  const empty = { ...REFUSED, tally: {} };
  assert.match(decisionLine(empty), /there are no backends$/);
});

Deno.test("the score's terms are those of the documented rule", () => {
  const terms = reasonOf(VIEW, { vcpu: 2 }, 12);
  assert.equal(terms, "score 52.0 = 12.0 km + CPU 15.0 + memory 25.0");
  assert.equal(reasonOf(undefined, { vcpu: 2 }, 12), "lowest score");
});

Deno.test("a decision on GPUs says which cards the session got and what they add to the score", () => {
  const on = (gpus: number[]) =>
    decisionLine({ ...PLACED, answer: { ...PLACED.answer, gpus } });
  assert.match(on([]), /-> host-a: score 52$/);
  assert.match(on([2]), /-> host-a, GPU 2: score 52$/);
  assert.match(on([0, 3]), /-> host-a, GPUs 0 and 3: score 52$/);
  assert.equal(
    reasonOf(WITH_GPUS, { vcpu: 2, gpuMemoryGb: 16 }, 12),
    "score 112.0 = 12.0 km + CPU 15.0 + memory 25.0 + GPU 60.0",
  );
});

Deno.test("the GPUs' table has a line for each card, and there is none without cards", () => {
  const [heading, first, second, ...rest] = gpuTable([VIEW, WITH_GPUS])
    .split("\n");
  assert.match(heading ?? "", /^GPUS OF +NO +GPU USE +GPU MEMORY/);
  assert.match(first ?? "", /^host-a +0 +█+░+ 80% +█+░+ 60% +71 °C +24 GB X$/);
  assert.match(second ?? "", /^host-a +1 +░+ +0% +░+ +0% +38 °C +48 GB Y$/);
  assert.deepEqual(rest, [""]);
  assert.equal(gpuTable([VIEW]), "");
});

Deno.test("the fleet's table shows room, holds and who gets nothing", () => {
  const sick = {
    ...VIEW,
    hostname: "host-b",
    routable: false,
    not_routable_because: "no report yet",
  };
  const [heading, first, second] = fleetTable([VIEW, sick]).split("\n");
  assert.match(heading ?? "", /^MACHINE .*GETS WORK$/);
  assert.match(first ?? "", /^host-a +4 .*25%.*25%.*50%.*2 vCPU {2}yes$/);
  assert.match(second ?? "", /no: no report yet$/);
  assert.match(fleetTable([]), /No machine/);
});

Deno.test("the story counts everything and keeps the newest decisions", () => {
  const story = new Story(1);
  assert.equal(story.complete, false);
  for (let i = 0; i < 2 * DECISIONS_KEPT; i++) story.tell(PLACED);
  assert.equal(story.complete, false);
  story.tell(REFUSED);
  assert.equal(story.decisions.length, DECISIONS_KEPT);
  assert.equal(story.complete, true);
  story.failed++;
  assert.equal(
    summary(story),
    `Decisions: ${2 * DECISIONS_KEPT} placed (host-a ${2 * DECISIONS_KEPT})\n` +
      "Refusals:  1 (passed over: cores 2, stale 1)\n" +
      "Failed calls: 1\n",
  );
  assert.equal(story.fleetIsUp, false);
  story.fleet = [VIEW];
  assert.equal(story.fleetIsUp, true);
});

Deno.test("plain lines come once, a screen is redrawn and left as it was", () => {
  for (const open of [plainView, screenView]) {
    const shell = new FakeShell();
    const story = new Story(1);
    story.fleet = [WITH_GPUS];
    {
      using view = open(shell, story, "Heading");
      view.refresh();
      story.tell(PLACED);
      view.refresh();
    }
    story.tell(REFUSED);
    assert.match(shell.written, /Heading/);
    assert.match(shell.written, /host-a: score 52/);
    assert.match(shell.written, /24 GB X\r?\n/);
    assert.doesNotMatch(shell.written, /refused: 2/);
    const isScreen = open === screenView;
    assert.equal(shell.written.includes("\x1b["), isScreen);
    assert.equal(shell.written.endsWith("\x1b[?25h\x1b[?1049l"), isScreen);
  }
});
