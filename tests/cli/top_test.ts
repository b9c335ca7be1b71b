import assert from "node:assert/strict";
import fc from "fast-check";
import { repaint } from "../../src/cli/top/repaint.ts";
import { columnsOf, fitted } from "../../src/cli/text_width.ts";
import { topScreen } from "../../src/cli/top/top_screen.ts";
import {
  keysIn,
  pressed,
  rowsOf,
  TOP_START,
  type TopState,
} from "../../src/cli/top/top_state.ts";
import { type Look, ratesOf } from "../../src/cli/top/look.ts";
import type { ClientView } from "../../src/wire/client_view.ts";
import type { DecisionSummary } from "../../src/wire/decision_answer.ts";
import { viewOf } from "./drain_server.ts";
import { opsen } from "./fake_shell.ts";

function client(id: string, more: Partial<ClientView> = {}): ClientView {
  return {
    ...viewOf(id),
    cpu_usage_pct: [10, 30],
    memory_used_gb: 32,
    memory_total_gb: 64,
    disk_used_gb: 100,
    disk_total_gb: 1000,
    gpus: [],
    ...more,
  };
}

const CLIENTS = [
  client("b", { cpu_usage_pct: [100, 80], held: holds(3) }),
  client("a", { memory_used_gb: 60 }),
  client("full", { routable: false, not_routable_because: "draining" }),
];

const LOOK: Look = {
  server: "http://127.0.0.1:8080",
  clients: CLIENTS,
  health: {
    status: "healthy",
    timestamp: "2026-03-04T05:06:07.089Z",
    total_clients: 3,
    active_clients: 3,
  },
  queue: undefined,
  rates: { decisions: 12.34, refusals: 0.5 },
  leases: undefined,
};

function holds(leases: number): ClientView["held"] {
  return { leases, vcpu: 0, memory_gb: 0, storage_gb: 0 };
}

function screen(state: Partial<TopState> = {}, look: Look | undefined = LOOK) {
  const picture = {
    look,
    trouble: undefined,
    state: { ...TOP_START, ...state },
  };
  return topScreen(picture, { columns: 110, rows: 10 });
}

function textOf(lines: readonly { readonly text: string }[]): string {
  return lines.map(({ text }) => `${text.trimEnd()}\n`).join("");
}

Deno.test("the screen shows health, rates, and each backend with its bars", () => {
  const lines = screen();
  assert.equal(
    textOf(lines),
    `opsen top  http://127.0.0.1:8080  healthy  backends: 3 of 3 active, 2 with room  05:06:07
decisions 12.3/s  refusals 0.5/s  leases 3

BACKEND  CPU              MEMORY           DISK             GPU              HOLDS  GETS WORK
a        ||........  20%  |||||||||.  94%  |.........  10%  -                    0  yes
b        |||||||||.  90%  |||||.....  50%  |.........  10%  -                    3  yes
full     ||........  20%  |||||.....  50%  |.........  10%  -                    0  no: draining


c cpu  m memory  d disk  g gpu  h holds  n name  / filter  enter details  q quit
`,
  );
  assert.deepEqual(
    lines.flatMap(({ text, style }) =>
      style === "marked" ? [text.slice(0, 1)] : []
    ),
    ["a"],
  );
});

Deno.test("what is wrong with the server stands in the first line", () => {
  const health: Look["health"] = {
    ...LOOK.health!,
    store: { status: "degraded", since: "", reason: "full" },
    panic: { out: 2, of: 3, mode: "fail_open" },
    config: { version: 2, hash: "", applied_at: "", is_newer_refused: true },
  };
  const [first] = screen({}, { ...LOOK, health });
  assert.match(
    first?.text ?? "",
    / healthy {2}DATABASE TAKES NO WRITES {2}PANIC \(fail_open\): 2 of 3 out {2}CONFIG/,
  );
});

Deno.test("in a narrow terminal bars give way to who gets work", () => {
  const state = TOP_START;
  const picture = { look: LOOK, trouble: undefined, state };
  for (const columns of [80, 60]) {
    const text = textOf(topScreen(picture, { columns, rows: 10 }));
    assert.match(text, /^full .* no: draining$/m, `${columns} columns`);
    assert.equal(/^b .*\|/m.test(text), columns === 80);
  }
});

Deno.test("a backend is shown from inside", () => {
  const gpus: ClientView["gpus"] = [{
    device_id: 0,
    name: "H100",
    utilization_pct: 90,
    memory_used_gb: 40,
    memory_total_gb: 80,
    temperature_c: 60,
    power_draw_w: 300,
  }];
  const inside = { ...LOOK, clients: [client("a", { gpus })] };
  const state = { ...TOP_START, isInside: true };
  const size = { columns: 80, rows: 20 };
  const text = textOf(
    topScreen({ look: inside, trouble: undefined, state }, size),
  );
  assert.match(
    text,
    /\nCORES \(2\)\n {3}0 \|\.{7} {2}10% {5}1 \|\|\.{6} {2}30%/,
  );
  assert.match(
    text,
    /\n {3}0 H100 +90% {2}40\.0 of 80\.0 GB {2}60 C {2}300 W\n/,
  );
  assert.match(text, /\nLEASES \(0\)\n/);
  assert.match(text, /esc back/);
});

Deno.test("a server that is away is said above what was seen last", () => {
  const state = TOP_START;
  const size = { columns: 60, rows: 9 };
  const away = topScreen({ look: LOOK, trouble: "Gone", state }, size);
  assert.deepEqual(
    [away[2]?.text.trimEnd(), away[2]?.style],
    ["Gone; it is asked again", "trouble"],
  );
  assert.match(textOf(away), /\na +20%/);
  const never = topScreen({ look: undefined, trouble: "Gone", state }, size);
  assert.equal(never.length, 9);
});

Deno.test("a screen has as many lines as the terminal and none is wider, whatever backends are called", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\x1b[2J", "東京都", "e\u0301", "\u202eab", "👩‍🚀", "a\nb"),
  );
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 40 }),
  });
  const state = fc.record({ isInside: fc.boolean(), isTyping: fc.boolean() });
  fc.assert(fc.property(fc.array(name), size, state, (names, size, said) => {
    const clients = names.map((id) => client(id, { hostname: id }));
    const look = { ...LOOK, clients };
    const picture = {
      look,
      trouble: undefined,
      state: { ...TOP_START, ...said },
    };
    const lines = topScreen(picture, size);
    assert.equal(lines.length, size.rows);
    for (const { text } of lines) {
      assert.equal(columnsOf(text), size.columns);
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
    }
  }));
});

Deno.test("wide characters count twice, marks not at all, and cut texts keep their columns", () => {
  assert.deepEqual(["ab", "東京", "e\u0301", "👍"].map(columnsOf), [
    ...[2, 4, 1, 2],
  ]);
  assert.equal(fitted("東京都", 4), "東… ");
  assert.equal(fitted("abc", 5, "right"), "  abc");
});

Deno.test("keys sort, filter, mark, look inside and quit", () => {
  const after = (keys: string, state: TopState = TOP_START) =>
    keysIn(keys).reduce<TopState | undefined>(
      (now, key) => now && pressed(now, key, rowsOf(CLIENTS, now), 2),
      state,
    );
  const order = (keys: string) => {
    const state = after(keys);
    return state && rowsOf(CLIENTS, state).map(({ client_id: id }) => id);
  };
  assert.deepEqual(order("n"), ["a", "b", "full"]);
  assert.deepEqual(order("c"), ["b", "a", "full"]);
  assert.deepEqual(order("m"), ["a", "b", "full"]);
  assert.deepEqual(order("h"), ["b", "a", "full"]);
  assert.deepEqual(order("/Full\r"), ["full"]);
  assert.deepEqual(order("/xy\x7f\x7fb\r"), ["b"]);
  assert.deepEqual(order("/b\x1b"), ["a", "b", "full"]);
  assert.equal(after("\x1b[B")?.marked, "b");
  assert.equal(after("\x1b[B\x1b[A")?.marked, "a");
  assert.equal(after("\x1b[6~")?.marked, "full");
  assert.equal(after("\x1b[F\x1b[H")?.marked, "a");
  assert.equal(after("\r")?.isInside, true);
  assert.equal(after("\rjj")?.scroll, 2);
  assert.equal(after("\rq")?.isInside, false);
  assert.equal(after("q"), undefined);
  assert.equal(after("/q")?.filter, "q");
  assert.equal(after("/\x03"), undefined);
});

Deno.test("the marked backend stays marked while others come and go", () => {
  const state = { ...TOP_START, marked: "full" };
  const [, more] = [CLIENTS, [...CLIENTS, client("aa")]];
  for (const clients of [CLIENTS, more]) {
    const lines = screen(state, { ...LOOK, clients });
    const marked = lines.find(({ style }) => style === "marked");
    assert.match(marked?.text ?? "", /^full /);
  }
});

Deno.test("only lines that differ are sent", () => {
  assert.equal(repaint(["a", "b", "c"], ["a", "x", "c"]), "\x1b[2;1Hx\x1b[K");
  assert.equal(repaint(["a"], ["a"]), "");
  assert.equal(repaint(["a", "b"], ["a"]), "\x1b[2;1H\x1b[J");
});

Deno.test("rates count the last ten seconds, and less where more was decided than is counted", () => {
  const at = (agoMs: number, outcome: "placed" | "refused" = "placed") => ({
    at: new Date(100_000 - agoMs).toISOString(),
    outcome,
  } as DecisionSummary);
  const few = [at(10, "refused"), at(1000), at(9000), at(50_000, "refused")];
  assert.deepEqual(ratesOf(few, 100_000), { decisions: 0.3, refusals: 0.1 });
  const many = Array.from({ length: 500 }, (_, i) => at(i + 1, "refused"));
  assert.deepEqual(ratesOf(many, 100_000), {
    decisions: 1000,
    refusals: 1000,
  });
});

/** A server with a fleet, as far as `opsen top` asks it. */
function fleetServer() {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) => {
      const { pathname } = new URL(url);
      if (pathname === "/clients") return Response.json(CLIENTS);
      return pathname === "/health"
        ? Response.json(LOOK.health)
        : Response.json({}, { status: 404 });
    },
  );
}

Deno.test("without a terminal it prints once, as text or as a line of JSON", async () => {
  await using server = fleetServer();
  const url = `http://127.0.0.1:${server.addr.port}`;
  const env = { OPSEN_SERVER_URL: url };
  const text = await opsen(["top", "--once", "--sort", "cpu"], env);
  assert.deepEqual([text.code, text.err], [0, ""]);
  assert.match(text.out, /\nb +\|.*\na +\|.*\nfull /);
  assert.ok(!text.out.includes("\x1b"));
  const json = await opsen(["top", "--once", "--json"], env);
  const line = JSON.parse(json.out);
  assert.equal(json.out.trimEnd().includes("\n"), false);
  assert.deepEqual([line.server, line.clients.length], [url, 3]);
});

Deno.test("what can't be meant ends with 64", async () => {
  for (
    const args of [["--interval", "0"], ["--interval", "x"], ["--sort", "x"]]
  ) assert.equal((await opsen(["top", ...args])).code, 64, args.join(" "));
});
