import assert from "node:assert/strict";
import type {
  DecisionAnswer,
  DecisionSummary,
} from "../../src/wire/decision_answer.ts";
import { freePort } from "../free_port.ts";
import { explanation, fitting, removed } from "./candidates.ts";
import { answered, FakeServer, refusal } from "./fake_server.ts";
import { opsen } from "./fake_shell.ts";

const ID = "k3v9x0qa-1f";

const PLACED: DecisionSummary = {
  request_id: ID,
  at: "2026-03-04T05:06:07.089Z",
  source: "route",
  tier: "small",
  sticky_id: "alice",
  place: { latitude: 48.9, longitude: 2.4 },
  outcome: "placed",
  client_id: "rack-7",
  lease_id: "1f",
  stickiness: "kept",
  score: 35,
  explained: true,
};

const REFUSED: DecisionSummary = {
  request_id: "k3v9x0qa-1g",
  at: "2026-03-04T05:06:08.000Z",
  source: "proxy",
  tier: "gpu",
  outcome: "refused",
  tally: { stale: 1, gpu_memory: 1 },
  fleet_size: 2,
  nearest: {
    client_id: "rack-7",
    lacks: "gpu_memory",
    short_by: 3.1,
    unit: "GB",
  },
  explained: false,
};

Deno.test("a placement is told with who asked, how it came out and every candidate", async () => {
  const decision: DecisionAnswer = {
    ...PLACED,
    explanation: explanation(
      fitting("rack-7", { cpu: 10, memory: 25 }),
      removed("rack-1", ["cores", 1, 4, "cores"]),
    ),
  };
  await using server = new FakeServer(decision);
  const { code, out, err } = await server.run("why", ID);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `2026-03-04T05:06:07.089Z  asked by POST /route, session alice, from 48.9,2.4
small: placed on rack-7 (session kept), lease 1f

Fits, lowest total first:
  BACKEND  TOTAL   CPU  MEMORY
* rack-7    35.0  10.0    25.0
Runner-up: none

Removed:
  BACKEND  KM  REASON  HAVE  NEED  UNIT
  rack-1   12  cores      1     4  cores
`,
  );
  assert.equal(server.asked[0]?.path, `/_opsen/decisions/${ID}`);
  const json = await server.run("why", ID, "--json");
  assert.deepEqual(JSON.parse(json.out), decision);
});

Deno.test("a decision without candidates has the server's reason for that", async () => {
  const { code, out } = await answered(["why", ID], {
    ...REFUSED,
    not_explained_because: "More asks came in that second",
  });
  assert.equal(code, 0);
  assert.equal(
    out,
    `2026-03-04T05:06:08.000Z  asked by a proxied request
gpu: refused: nearest is rack-7, which lacks 3.1 GB of gpu_memory
No candidates: More asks came in that second
`,
  );
  const silent = await answered(["why", ID], REFUSED);
  assert.match(silent.out, /^No candidates: the server does not say why$/m);
});

/** What a decision says besides its outcome, and the sentence that it becomes. */
const SENTENCES: readonly (readonly [Partial<DecisionSummary>, string])[] = [
  [{ stickiness: "none" }, "placed on rack-7"],
  [{ stickiness: "assigned" }, "placed on rack-7 (new session)"],
  [
    { stickiness: "moved", waited_ms: 1234 },
    "placed on rack-7 (session moved), waited 1.2 s",
  ],
  [
    { outcome: "refused", waited_ms: 30_000, tally: { stale: 2, cores: 0 } },
    "refused: 2 stale, waited 30.0 s",
  ],
  [
    {
      outcome: "refused",
      nearest: { client_id: "a", lacks: "cores", short_by: 1, unit: "cores" },
    },
    "refused: nearest is a, which lacks 1 core",
  ],
  [
    {
      outcome: "refused",
      nearest: {
        client_id: "a",
        lacks: "gpu_count",
        short_by: 2,
        unit: "GPUs",
      },
    },
    "refused: nearest is a, which lacks 2 GPUs",
  ],
  [
    {
      outcome: "refused",
      nearest: { client_id: "a", lacks: "place", short_by: 120, unit: "km" },
    },
    "refused: nearest is a, which is 120 km too far away",
  ],
  [
    { outcome: "refused", fleet_size: 0, tally: {} },
    "refused: there are no backends",
  ],
  [{ outcome: "refused" }, "refused"],
  [
    { outcome: "withdrawn", waited_ms: 800 },
    "withdrawn: the caller left or the server stopped, waited 0.8 s",
  ],
];

Deno.test("every outcome is a sentence", async () => {
  const { lease_id: _, stickiness: __, ...bare } = PLACED;
  for (const [says, sentence] of SENTENCES) {
    const { out } = await answered(["why", ID], { ...bare, ...says });
    assert.equal(out.split("\n")[1], `small: ${sentence}`);
  }
});

Deno.test("the candidates of an ask that waited are said to be those from before", async () => {
  const { out } = await answered(["why", ID], {
    ...PLACED,
    waited_ms: 1200,
    explanation: explanation(removed("rack-7", ["cores", 0, 1, "cores"])),
  });
  assert.match(
    out,
    /waited 1\.2 s, lease 1f\nThe candidates as they stood before it waited\n/,
  );
  assert.match(out, /^\* rack-7 /m);
});

Deno.test("an unknown decision ends with 1 and says what is kept", async () => {
  const problem = refusal("unknown_decision", "Unknown decision");
  const { code, out, err } = await answered(["why", ID], problem, 404);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(
    err,
    /^Unknown decision\n.*decision_log\.entries.*decision_log\.sample_pct/,
  );
  const json = await answered(["why", ID, "--json"], problem, 404);
  assert.deepEqual([json.code, JSON.parse(json.out)], [1, problem]);
});

Deno.test("without an id the latest decisions are listed, those that are wanted", async () => {
  await using server = new FakeServer({ decisions: [PLACED, REFUSED] });
  const { code, out } = await server.run("why");
  assert.equal(code, 0);
  assert.equal(
    out,
    `REQUEST      AT                    BY     TIER   OUTCOME
k3v9x0qa-1f  2026-03-04T05:06:07Z  route  small  placed on rack-7 (session kept)
k3v9x0qa-1g  2026-03-04T05:06:08Z  proxy  gpu    refused: nearest is rack-7, which lacks 3.1 GB of gpu_memory
`,
  );
  await server.run("why", "--limit", "5", "--tier", "a b", "--refused");
  const json = await server.run("why", "--json");
  assert.deepEqual(JSON.parse(json.out), { decisions: [PLACED, REFUSED] });
  assert.deepEqual(server.asked.map(({ method, path }) => [method, path]), [
    ["GET", "/_opsen/decisions?limit=20"],
    ["GET", "/_opsen/decisions?limit=5&tier=a+b&outcome=refused"],
    ["GET", "/_opsen/decisions?limit=20"],
  ]);
  const none = await answered(["why"], { decisions: [] });
  assert.match(none.out, /^No such decisions\. .*decision_log\.entries/);
});

Deno.test("what can't be meant is a usage error, and nobody is asked", async () => {
  const cases = [
    [["why", "--limit", "0"], /^--limit: found "0", wanted a whole number/],
    [["why", "--limit", "10001"], /^--limit: found "10001"/],
    [["why", ID, "--limit", "5"], /^--limit: wanted without a request id/],
    [["why", ID, "--tier", "small"], /^--tier: wanted without/],
    [["why", ID, "--refused"], /^--refused: wanted without/],
    [["why", ""], /^request-id: found "", wanted one such as/],
    [["why", ".."], /^request-id: found "\.\."/],
  ] as const;
  await using server = new FakeServer({});
  for (const [args, words] of cases) {
    const { code, out, err } = await server.run(...args);
    assert.deepEqual([code, out], [64, ""], args.join(" "));
    assert.match(err, words);
  }
  assert.deepEqual(server.asked, []);
});

Deno.test("an older server without a log, and none at all, are told apart", async () => {
  const older = await answered(
    ["why"],
    refusal("unknown_path", "Page not found"),
    404,
  );
  assert.deepEqual([older.code, older.err], [
    1,
    "This server has no /_opsen/decisions: it is older than this command\n",
  ]);
  const nowhere = await opsen(["why", ID], {
    OPSEN_SERVER_URL: `http://127.0.0.1:${freePort()}`,
  });
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /connection refused/);
});
