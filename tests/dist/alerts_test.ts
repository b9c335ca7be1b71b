import assert from "node:assert/strict";
import { parse } from "yaml";
import { toolTest } from "../tools.ts";
import { namesIn, servedNames } from "./queries.ts";

const ALERTS = new URL("../../dist/prometheus/alerts.yml", import.meta.url);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
  };
}

async function rules(): Promise<readonly Rule[]> {
  const { groups } = parse(await Deno.readTextFile(ALERTS));
  return groups.flatMap(({ rules }: { rules: readonly Rule[] }) => rules);
}

Deno.test("alerts speak of metrics that a server has", async () => {
  const served = await servedNames();
  const asked = (await rules()).map(({ expr }) => namesIn(expr));
  assert.ok(asked.every((names) => names.length > 0));
  assert.deepEqual(asked.flat().filter((name) => !served.has(name)), []);
});

Deno.test("every alert has a name of its own, a severity, and words for whoever is woken", async () => {
  const all = await rules();
  const names = all.map(({ alert }) => alert);
  assert.deepEqual(names, [...new Set(names)]);
  for (const { alert, labels, annotations } of all) {
    assert.match(alert, /^Opsen[A-Z]\w+$/);
    assert.match(labels.severity, /^(critical|warning)$/);
    assert.ok(annotations.summary.length > 10, alert);
    assert.match(annotations.description, /\.$|\)$/);
  }
});

toolTest(
  "promtool",
  "Prometheus takes the alerts, and they fire when they should",
  async () => {
    const cases = new URL("alerts_cases.yml", import.meta.url);
    for (const args of [["check", ALERTS], ["test", cases]] as const) {
      const { success, stdout, stderr } = await new Deno.Command("promtool", {
        args: [args[0], "rules", args[1].pathname],
      }).output();
      const said = new TextDecoder();
      assert.ok(success, said.decode(stdout) + said.decode(stderr));
    }
  },
);
