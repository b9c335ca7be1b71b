import assert from "node:assert/strict";
import { toolTest } from "../tools.ts";
import { namesIn, servedNames } from "./queries.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly h: number;
    readonly w: number;
    readonly x: number;
    readonly y: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Board {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

const FOLDER = new URL("../../dist/grafana/", import.meta.url);

async function boards(): Promise<readonly Board[]> {
  const all = await Array.fromAsync(Deno.readDir(FOLDER));
  const texts = all.map(({ name }) => Deno.readTextFile(new URL(name, FOLDER)));
  return (await Promise.all(texts)).map((text) => JSON.parse(text));
}

function queriesOf({ panels, annotations }: Board): readonly string[] {
  return [...panels.flatMap(({ targets = [] }) => targets), ...annotations.list]
    .map(({ expr }) => expr);
}

Deno.test("dashboards ask for metrics that a server has", async () => {
  const served = await servedNames();
  const queries = (await boards()).flatMap(queriesOf);
  assert.ok(queries.length > 30);
  const asked = queries.map(namesIn);
  assert.ok(asked.every((names) => names.length > 0));
  assert.deepEqual(asked.flat().filter((name) => !served.has(name)), []);
});

Deno.test("panels have ids and titles of their own and lie beside each other", async () => {
  for (const { panels } of await boards()) {
    for (const key of ["id", "title"] as const) {
      const values = panels.map((panel) => panel[key]);
      assert.deepEqual(values, [...new Set(values)]);
    }
    const taken = new Set<string>();
    for (const { title, gridPos: { x, y, w, h } } of panels) {
      assert.ok(x >= 0 && x + w <= 24, title);
      for (let cell = 0; cell < w * h; cell++) {
        const place = `${x + cell % w} ${y + Math.floor(cell / w)}`;
        assert.equal(taken.has(place), false, `${title} at ${place}`);
        taken.add(place);
      }
    }
  }
});

toolTest(
  "promtool",
  "Prometheus understands every query of the dashboards",
  async () => {
    const queries = (await boards()).flatMap(queriesOf);
    const path = await Deno.makeTempFile({ suffix: ".yml" });
    const rules = queries.map((query, index) => ({
      record: `query:${index}`,
      expr: query.replaceAll("$__rate_interval", "1m")
        .replaceAll("$instance", ".+"),
    }));
    try {
      const groups = [{ name: "queries", rules }];
      await Deno.writeTextFile(path, JSON.stringify({ groups }));
      const { success, stdout, stderr } = await new Deno.Command("promtool", {
        args: ["check", "rules", path],
      }).output();
      const said = new TextDecoder();
      assert.ok(success, said.decode(stdout) + said.decode(stderr));
    } finally {
      await Deno.remove(path);
    }
  },
);
