/** Too much of everything, and numbers that are none. */
import { registerMessage, statsMessage } from "../../e2e/machine_messages.ts";
import { ABSURD } from "../absurd_figures.ts";
import { type AttackCase, type AttackKind, expect } from "../case.ts";
import { ask, say, statuses, told } from "../say.ts";
import { type AttackStage, OWNER, OWNER_KEY } from "../stage.ts";

const MEBIBYTE = 1024 * 1024;
/** What a body may have on the servers of this file. */
const BODY_BYTES_MAX = 100_000;
const LIMITED = { max_request_body_bytes: BODY_BYTES_MAX };
/** Memory that a refused message may leave behind; garbage takes its time. */
const MEMORY_BYTES = 150 * MEBIBYTE;
const JSON_TYPE = "Content-Type: application/json";
const KEY = `X-API-Key: ${OWNER_KEY}`;

/** All about size. */
export const OVERSIZE: AttackKind = {
  kind: "oversize",
  cases: [
    refused(
      "a head of a mebibyte",
      "431",
      431,
      (port) => say(port, ask("GET /x", [`X-A: ${"a".repeat(MEBIBYTE)}`])),
    ),
    refused("ten thousand fields", "431", 431, (port) =>
      say(
        port,
        ask("GET /x", Array.from({ length: 10_000 }, (_, i) => `X-${i}: a`)),
      )),
    refused(
      "a target of a mebibyte",
      "414 or 431",
      [414, 431],
      (port) => say(port, ask(`GET /${"a".repeat(MEBIBYTE)}`)),
    ),
    refused(
      "a method of a mebibyte",
      "400 or 431",
      [400, 431, 414],
      (port) => say(port, ask(`${"A".repeat(MEBIBYTE)} /`)),
    ),
    refused(
      "a head that never ends",
      "431",
      431,
      (port) => say(port, `GET / HTTP/1.1\r\n${"X-A: b\r\n".repeat(200_000)}`),
    ),
    refused("a body whose length is too large", "413", 413, (port) =>
      say(
        port,
        `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${
          BODY_BYTES_MAX + 1
        }\r\n\r\n`,
      )),
    refused("a message to the API that is too long", "413", 413, (port) =>
      say(
        port,
        ask("POST /register", [JSON_TYPE, KEY], "x".repeat(BODY_BYTES_MAX + 1)),
      )),
    {
      name: "chunks without an end, to a backend and to the API",
      expects: "413 or the end of the connection, and memory within bounds",
      run: endsEndlessChunks,
    },
    {
      name: "JSON inside JSON, a hundred thousand times",
      expects: "400",
      isQuick: true,
      run: refusesDeepJson,
    },
    {
      name: `${ABSURD.length} registrations with absurd figures and ids`,
      expects: "400 for each, and no such backend",
      isQuick: true,
      run: refusesAbsurdities,
    },
    {
      name: "a report with a million cores, one with -1 %, one with NaN",
      expects: "400",
      run: refusesReports,
    },
    {
      name: "ids, keys and tiers of 20,000 characters",
      expects: "a refusal (4xx) of each, hardly longer than what was sent",
      run: refusesLongTexts,
    },
    {
      name: "lists without an end: GPUs, endpoints, paths",
      expects: "400",
      run: refusesLongLists,
    },
  ],
};

function refused(
  name: string,
  expects: string,
  wanted: number | readonly number[],
  send: (port: number) => ReturnType<typeof say>,
): AttackCase {
  return {
    name,
    expects: `${expects} and the end of the connection`,
    run: async (stage) => {
      const server = await stage.server(LIMITED);
      stage.origin.taken();
      const heard = await send(server.port);
      const [status, ...more] = statuses(heard);
      // A peer that is still sending may lose the answer to a reset.
      const isRefused = status === undefined ||
        [wanted].flat().includes(status);
      expect(
        isRefused && more.length === 0 && heard.isClosed &&
          stage.origin.taken().length === 0,
        () => told(heard),
      );
      await server.isWell();
    },
  };
}

async function endsEndlessChunks(stage: AttackStage): Promise<void> {
  const server = await stage.server(LIMITED);
  const before = server.memoryBytes();
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  for (const start of ["POST /x", "POST /register", "POST /route"]) {
    const heard = await say(
      server.port,
      `${start} HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}\r\n${KEY}\r\nTransfer-Encoding: chunked\r\n\r\n${
        chunk.repeat(400)
      }`,
    );
    expect(
      statuses(heard).every((status) => status === 413) && heard.isClosed,
      () => `${start}: ${told(heard)}`,
    );
  }
  const grown = server.memoryBytes() - before;
  expect(grown < MEMORY_BYTES, () => `${grown} octets more memory`);
  await server.isWell();
}

async function refusesDeepJson(stage: AttackStage): Promise<void> {
  const server = await stage.server(LIMITED);
  const deep = BODY_BYTES_MAX / 2 - 10;
  for (
    const body of [
      "[".repeat(deep) + "]".repeat(deep),
      '{"a":'.repeat(deep / 5),
      `{"tier":${"[".repeat(40)}${"]".repeat(40)}}`,
      `{"tier":"small","x":${'{"a":'.repeat(40)}1${"}".repeat(40)}}`,
    ]
  ) {
    for (const path of ["/register", "/stats", "/route", "/_opsen/enrol"]) {
      const heard = await say(
        server.port,
        ask(`POST ${path}`, [JSON_TYPE, KEY], body),
      );
      expect(
        statuses(heard).join() === "400",
        () => `${path}: ${told(heard)}`,
      );
    }
  }
  await server.isWell();
}

async function refusesAbsurdities(stage: AttackStage): Promise<void> {
  const server = await stage.server(LIMITED);
  for (const [field, json] of ABSURD) {
    const message = JSON.stringify({
      ...registerMessage("absurd"),
      [field]: "PLACE",
    }).replace('"PLACE"', json);
    const heard = await say(
      server.port,
      ask("POST /register", [JSON_TYPE, KEY], message),
    );
    expect(
      statuses(heard).join() === "400",
      () => `${field}: ${json.slice(0, 50)}: ${told(heard)}`,
    );
  }
  const { body } = await server.api.get("/clients", OWNER);
  expect(
    !JSON.stringify(body).includes('"absurd"'),
    () => JSON.stringify(body),
  );
}

async function refusesReports(stage: AttackStage): Promise<void> {
  const { api } = await stage.server();
  for (
    const change of [
      { cpu_usage_avg: new Array(1_000_000).fill(1) },
      { cpu_usage_avg: [-50] },
      { cpu_usage_avg: ["NaN"] },
      { memory_total_gb: -1 },
      { memory_used_gb: 1e30 },
      { disk_avail_gb: -5 },
      { timestamp: "yesterday" },
      { timestamp: "9".repeat(1000) },
      { window_seconds: -1 },
      { gpus: [{ device_id: -1, memory_total_gb: 1e30 }] },
    ]
  ) {
    const message = { ...statsMessage("one"), ...change };
    const { status, body } = await api.post("/stats", message, OWNER);
    expect(
      status === 400,
      () =>
        `${JSON.stringify(change).slice(0, 60)}: ${status} ${
          JSON.stringify(body).slice(0, 200)
        }`,
    );
  }
}

async function refusesLongTexts(stage: AttackStage): Promise<void> {
  const server = await stage.server({ sticky_header: "X-Session" });
  const long = "a".repeat(20_000);
  const route = JSON.stringify({ tier: "small" });
  const texts: Readonly<Record<string, string>> = {
    "a key": ask("GET /clients", [`X-API-Key: ${long}`]),
    "a bearer": ask("GET /clients", [`Authorization: Bearer ${long}`]),
    "a session": ask("GET /x", [`X-Session: ${long}`]),
    "a session of /route": ask(
      "POST /route",
      [JSON_TYPE, KEY, `X-Session: ${long}`],
      route,
    ),
    "an idempotency key": ask(
      "POST /route",
      [JSON_TYPE, KEY, `Idempotency-Key: ${long}`],
      route,
    ),
    "a tier in a field": ask("GET /x", [`X-Tier: ${long}`]),
    "a tier": ask(
      "POST /route",
      [JSON_TYPE, KEY],
      JSON.stringify({ tier: long }),
    ),
    "a token": ask(
      "POST /_opsen/enrol",
      [JSON_TYPE],
      JSON.stringify({ client_id: "a", token: long }),
    ),
    "a name of a key": ask(
      "POST /_opsen/keys",
      [JSON_TYPE, KEY],
      JSON.stringify({ name: long }),
    ),
    "a lease": ask(`GET /_opsen/leases/${long.slice(0, 5_000)}`, [KEY]),
    "a backend": ask(`POST /_opsen/backends/${long.slice(0, 5_000)}/drain`, [
      KEY,
    ]),
  };
  for (const [name, text] of Object.entries(texts)) {
    const heard = await say(server.port, text);
    const [answer] = heard.answers;
    const { status = 0, body = "" } = answer ?? {};
    expect(
      status >= 400 && status < 500 && body.length < long.length + 1_000,
      () => `${name}: ${told(heard)}, ${body.length} characters`,
    );
  }
  await server.isWell();
}

async function refusesLongLists(stage: AttackStage): Promise<void> {
  const { api } = await stage.server();
  for (
    const change of [
      { total_gpus: 1e9 },
      { gpu_models: new Array(10_000).fill("a") },
      {
        endpoints: new Array(10_000).fill({
          url: "http://127.0.0.1:1",
          paths: ["/"],
        }),
      },
      {
        endpoints: [{
          url: "http://127.0.0.1:1",
          paths: new Array(10_000).fill("/"),
        }],
      },
    ]
  ) {
    const message = { ...registerMessage("long"), ...change };
    const { status } = await api.post("/register", message, OWNER);
    expect(
      status === 400,
      () => `${JSON.stringify(change).slice(0, 60)}: ${status}`,
    );
  }
}
