import { Ajv2020 } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import type { OpenApi, Parameter } from "../../src/api/openapi_types.ts";
import { type ApiHome, type Json, read } from "./api_home.ts";
import { type Listed, operationsOf, wholeHome } from "./openapi_world.ts";

/** What has to be done before an operation, by its id; every home begins with a machine that has reported. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  getLease: ["route"],
  releaseLease: ["route"],
  confirmLease: ["route"],
  renewLease: ["route"],
  listLeases: ["route"],
  listSessions: ["route"],
  forgetSession: ["route"],
  forgetAnySession: ["route"],
  getDecision: ["route"],
  listDecisions: ["route"],
  listDrains: ["drain"],
  getDrain: ["drain"],
  revokeKey: ["createKey"],
  listKeys: ["createKey"],
  enrol: ["createToken"],
  restoreKey: ["createToken", "enrol"],
  listTokens: ["createToken"],
  revokeToken: ["createToken"],
};

/** Those whose answer is no JSON of a schema. */
const CONTENT: readonly string[] = [
  "getMetrics",
  "getOpenApi",
  "getDocs",
  "getDashboard",
  "getDashboardFile",
  "getFeed",
];

/** Who makes a first key shuts everybody else out. */
const KEY = { "x-api-key": "change-me" };

const document: OpenApi = await (await wholeHome().send(
  "GET",
  "/_opsen/openapi.json",
)).json();

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const components = closed(document.components);

Deno.test("every example of a request gets the answer that is described", async (test) => {
  for (const listed of operationsOf(document)) {
    const { operation: { operationId, requestBody } } = listed;
    const [media] = Object.values(requestBody?.content ?? {});
    const examples = Object.entries(media?.examples ?? { none: undefined });
    for (const [name, example] of examples) {
      await test.step(`${operationId}, ${name}`, async () => {
        const play = await Play.begin();
        for (const before of BEFORE[operationId] ?? []) await play.ask(before);
        await play.check(listed, example?.value);
      });
    }
  }
});

Deno.test("every example of a query is understood", async (test) => {
  for (const listed of operationsOf(document)) {
    const { operation: { operationId } } = listed;
    for (const { name, example } of queryOf(listed)) {
      await test.step(`${operationId}, ${name}`, async () => {
        const play = await Play.begin();
        for (const before of BEFORE[operationId] ?? []) await play.ask(before);
        const query = { [name]: String(example) };
        await play.check(listed, bodyOf(listed), query);
      });
    }
  }
});

Deno.test("an answer with a field that is not described would be found", () => {
  const isValid = validatorOf({ $ref: "#/components/schemas/Alive" });
  assert.equal(isValid({ status: "alive" }), true);
  assert.equal(isValid({ status: "alive", more: 1 }), false);
});

Deno.test("a refusal is one that the operation may answer", async () => {
  const play = await Play.begin();
  const { home } = play;
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["route", { tier: "none" }, "unknown_tier"],
    ["route", { tier: "gpu-training" }, "no_capacity"],
    ["route", {}, "missing_field"],
    ["register", { client_id: "." }, "invalid_field"],
    ["report", { client_id: "nobody" }, "unknown_client"],
    ["createKey", { name: "agent:a" }, "invalid_field"],
    ["restoreKey", undefined, "unknown_key"],
  ];
  for (const [id, body, code] of cases) {
    const { path, operation } = listedOf(id);
    const [status, answer] = await home.post(path, body, KEY);
    assert.equal(answer.code, code);
    const reference = operation.responses[status]?.$ref ?? "";
    const response =
      document.components.responses[reference.split("/").at(-1) ?? ""];
    const schema = response?.content?.["application/problem+json"]?.schema;
    const isValid = validatorOf(schema ?? false);
    assert.ok(isValid(answer), JSON.stringify([answer, isValid.errors]));
  }
});

/** One home and what has been learned in it. */
class Play {
  readonly home: ApiHome;
  readonly #known = new Map<string, Json>();

  private constructor(home: ApiHome) {
    this.home = home;
  }

  static async begin(): Promise<Play> {
    const play = new Play(wholeHome([KEY["x-api-key"]]));
    await play.ask("register");
    await play.ask("report");
    return play;
  }

  /** The first example of an operation. */
  async ask(operationId: string): Promise<void> {
    const listed = listedOf(operationId);
    await this.check(listed, bodyOf(listed));
  }

  async check(listed: Listed, body: unknown, query = {}): Promise<void> {
    const { operation: { operationId, responses } } = listed;
    const response = await this.#send(listed, body, query);
    const content = responses["200"]?.content ?? {};
    if (CONTENT.includes(operationId)) {
      const type = response.headers.get("content-type") ?? "";
      await response.body?.cancel();
      assert.equal(response.status, 200);
      const isTold = Object.keys(content).some((told) =>
        told === "*/*" || type.startsWith(told)
      );
      assert.ok(isTold, `${type} is none of ${Object.keys(content)}`);
      return;
    }
    const [status, answer] = await read(response);
    assert.equal(status, 200, JSON.stringify(answer));
    const schema = content["application/json"]?.schema ?? false;
    const isValid = validatorOf(schema);
    assert.ok(isValid(answer), JSON.stringify([answer, isValid.errors]));
    this.#known.set(operationId, answer);
  }

  async #send(
    listed: Listed,
    body: unknown,
    query: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const { method, path, operation: { operationId } } = listed;
    const required = queryOf(listed).filter(({ required }) => required)
      .map(({ name, example }) => [name, String(example)]);
    const asked = new URLSearchParams({
      ...Object.fromEntries(required),
      ...query,
    });
    const headers = {
      "content-type": "application/json",
      ...KEY,
      ...(operationId === "route" && { "x-session-id": "player-7" }),
    };
    return await this.home.send(
      method,
      `${this.#filled(path, listed)}?${asked}`,
      body === undefined ? undefined : JSON.stringify(this.#told(listed, body)),
      headers,
    );
  }

  /** The path of an example, with what only a running server knows. */
  #filled(path: string, { operation }: Listed): string {
    const [parameter] = (operation.parameters ?? [])
      .flatMap((one) => "in" in one && one.in === "path" ? [one] : []);
    if (parameter === undefined) return path;
    const value = this.#drawn(operation.operationId) ?? parameter.example;
    return path.replace(/\{\w+\}/, encodeURIComponent(String(value)));
  }

  #drawn(operationId: string): unknown {
    switch (operationId) {
      case "getDecision":
        return this.home.decisions.recent(1, {})[0]?.requestId;
      case "revokeToken":
        return this.#known.get("createToken")?.id;
      case "restoreKey":
        return "agent:node-2";
      default:
        return undefined;
    }
  }

  #told({ operation: { operationId } }: Listed, body: unknown): unknown {
    return operationId === "enrol"
      ? { ...body as Json, token: this.#known.get("createToken")?.token }
      : body;
  }
}

/** The first example of a body. */
function bodyOf({ operation: { requestBody } }: Listed): unknown {
  const [media] = Object.values(requestBody?.content ?? {});
  const [example] = Object.values(media?.examples ?? {});
  return example?.value;
}

function queryOf({ operation }: Listed): readonly Parameter[] {
  return (operation.parameters ?? []).flatMap((one) => {
    const name = "$ref" in one ? one.$ref.split("/").at(-1) ?? "" : "";
    const parameter = "$ref" in one
      ? document.components.parameters[name]
      : one;
    return parameter?.in === "query" ? [parameter] : [];
  });
}

function listedOf(operationId: string): Listed {
  const found = operationsOf(document).find(({ operation }) =>
    operation.operationId === operationId
  );
  assert.ok(found, operationId);
  return found;
}

function validatorOf(schema: unknown) {
  return ajv.compile({ ...closed(schema), components });
}

/** With closed objects, so that a field that nobody described is found. */
function closed(schema: unknown): Json {
  return JSON.parse(
    JSON.stringify(schema),
    (_, value) =>
      value?.type === "object" && value.properties !== undefined
        ? { additionalProperties: false, ...value }
        : value,
  );
}
