/** What a real Go client sent, byte for byte. */
import assert from "node:assert/strict";
import { parseJson } from "../../src/wire/json_text.ts";
import { registerBody } from "../../src/wire/register_body.ts";
import { statsBody } from "../../src/wire/stats_body.ts";
import { valid } from "./samples.ts";

interface Captured {
  readonly path: string;
  readonly body: string;
}

const FIXTURE = new URL("../fixtures/go-client.jsonl", import.meta.url);
const ID = "f3ffeffc-5151-4a7f-a1b0-cfcc4c6f9960";

Deno.test("the registration of a Go client is read, and its 0,0 is no place", () => {
  const [message] = captured("/register");
  assert.deepEqual(valid(registerBody, message).registration, {
    id: ID,
    hostname: "vm",
    publicIp: "",
    localIp: "192.0.2.2",
    place: undefined,
    totalCores: 2,
    totalMemoryGb: 23.540576934814453,
    totalStorageGb: 251.9722785949707,
    totalGpus: 0,
    gpuModels: [],
    endpoint: "http://127.0.0.1:9101",
    endpoints: [],
  });
});

Deno.test("the reports of a Go client are read", () => {
  const messages = captured("/stats");
  assert.equal(messages.length, 2);
  const [first] = messages.map((message) => valid(statsBody, message));
  assert.deepEqual(first, {
    id: ID,
    hostname: "vm",
    publicIp: "",
    presence: { instance: undefined, isDraining: undefined },
    report: {
      coreUsagePct: [0.24999999999408828, 0],
      memory: {
        totalGb: 23.540576934814453,
        usedGb: 0.10953521728515625,
        availableGb: 23.431041717529297,
      },
      disk: {
        totalGb: 251.9722785949707,
        usedGb: 28.159568786621094,
        availableGb: 223.8127098083496,
      },
      gpus: [],
      windowSeconds: undefined,
      windowFilledSeconds: undefined,
      shortWindow: undefined,
    },
  });
});

/** The bodies sent to that path, through the same reader as a request's. */
function captured(path: string): unknown[] {
  return Deno.readTextFileSync(FIXTURE).trim().split("\n")
    .map((line): Captured => JSON.parse(line))
    .filter((message) => message.path === path)
    .map(({ body }) => {
      const json = parseJson(body);
      assert.equal(json.kind, "json");
      return json.kind === "json" ? json.value : undefined;
    });
}
