import assert from "node:assert/strict";
import { AccessLog, type AccessLogSettings } from "../../src/log/access_log.ts";
import { createLogger } from "../../src/log/create_logger.ts";
import type { RequestRecord } from "../../src/traffic_ports.ts";
import { FakeClock } from "../fakes/clock.ts";
import { SeededRandom } from "../fakes/random.ts";
import { MemoryStream } from "./memory_stream.ts";

const AT = Date.UTC(2026, 10, 20, 16, 4, 0, 7);

/** A proxied request that went well. */
const DONE: RequestRecord = {
  requestId: "abc-1",
  kind: "proxied",
  callerIp: "192.0.2.7",
  method: "GET",
  target: "/a",
  status: 200,
  code: undefined,
  isApiProblem: false,
  end: "complete",
  tier: "small",
  backendId: "b1",
  stickiness: "kept",
  attempts: 1,
  startedAt: 1000,
  decidedAt: 1000.25,
  connectedAt: 1002.5,
  isReused: false,
  answeredAt: 1010.123456,
  endedAt: 1020,
  bytesIn: 3,
  bytesOut: 5,
  span: undefined,
};

/** What a log with these settings writes about some requests. */
async function written(
  settings: Partial<AccessLogSettings>,
  records: readonly Partial<RequestRecord>[],
  json = false,
): Promise<readonly string[]> {
  const stream = new MemoryStream();
  const logger = createLogger({ level: "fatal", json, stream });
  const clock = new FakeClock();
  clock.wallMs = () => AT;
  const log = new AccessLog(
    { accessLog: "all", accessLogSamplePct: 1, ...settings },
    { sink: logger.sink, clock, random: new SeededRandom(1) },
  );
  for (const record of records) log.ended({ ...DONE, ...record });
  await logger.flush();
  return stream.lines;
}

Deno.test("a line for people has all that is known, whatever the level of the log", async () => {
  assert.deepEqual(await written({}, [{}]), [
    "2026-11-20T16:04:00.007Z INFO  access: Request requestId=abc-1 caller=192.0.2.7 method=GET target=/a status=200 end=complete tier=small backend=b1 stickiness=kept attempts=1 bytesIn=3 bytesOut=5 totalMs=20 decisionMs=0.25 connectMs=2.25 firstByteMs=7.623",
  ]);
});

Deno.test("a line for machines is JSON with the same, and numbers are numbers", async () => {
  const [line = ""] = await written({}, [{}], true);
  const { timestamp, level, module, message, data } = JSON.parse(line);
  assert.deepEqual([timestamp, level, module, message], [
    "2026-11-20T16:04:00.007Z",
    "info",
    "access",
    "Request",
  ]);
  assert.deepEqual(data, {
    requestId: "abc-1",
    caller: "192.0.2.7",
    method: "GET",
    target: "/a",
    status: 200,
    end: "complete",
    tier: "small",
    backend: "b1",
    stickiness: "kept",
    attempts: 1,
    bytesIn: 3,
    bytesOut: 5,
    totalMs: 20,
    decisionMs: 0.25,
    connectMs: 2.25,
    firstByteMs: 7.623,
  });
});

Deno.test("what is not known is left out", async () => {
  const nothing = {
    ...{ kind: "refused", status: 403, code: "wrong_key" } as const,
    ...{ tier: undefined, backendId: undefined, stickiness: undefined },
    ...{ decidedAt: undefined, connectedAt: undefined, answeredAt: undefined },
  };
  const [line = ""] = await written({}, [nothing], true);
  const names = Object.keys(JSON.parse(line).data);
  for (const name of ["tier", "backend", "stickiness", "decisionMs"]) {
    assert.ok(!names.includes(name), name);
  }
  assert.match(line, /"code":"wrong_key"/);
});

Deno.test("nothing that a caller or a backend says can end a line, a value or a secret", async () => {
  const hostile = {
    requestId: 'a"b\\',
    backendId: 'x"\n2026 ERROR \u202e=',
    target: '/x"y/http://user:pass@host/&token=sesame?…',
  };
  const [line = "", ...others] = await written({}, [hostile], true);
  assert.deepEqual(others, []);
  const { data } = JSON.parse(line);
  assert.equal(data.backend, hostile.backendId);
  assert.equal(data.requestId, hostile.requestId);
  assert.equal(data.target, '/x"y/http://***@host/&token=***');
  const text = await written({}, [hostile]);
  assert.equal(text.length, 1);
  assert.match(text[0] ?? "", / backend="x\\"\\n2026 ERROR \\u202e=" /);
  assert.doesNotMatch(text[0] ?? "", /sesame|user:pass/);
});

Deno.test("errors are answers from 500 on and those that break off, at a louder level", async () => {
  const records = [
    {},
    { status: 404 },
    { status: 500 },
    { status: 503, kind: "refused" },
    { status: 200, end: "cut_off" },
    { status: 0, end: "caller_left" },
    { status: 200, end: "caller_left" },
  ] as const;
  const lines = await written({ accessLog: "errors" }, records);
  assert.deepEqual(
    lines.map((line) =>
      /Z (\w+) .* status=(\d+) end=(\w+)/.exec(line)?.slice(1)
    ),
    [
      ["WARN", "500", "complete"],
      ["WARN", "503", "complete"],
      ["WARN", "200", "cut_off"],
    ],
  );
  assert.equal((await written({ accessLog: "all" }, records)).length, 7);
  assert.equal((await written({ accessLog: "off" }, records)).length, 0);
});

Deno.test("a sample has every error and its part of the rest", async () => {
  const records = Array.from(
    { length: 2_000 },
    (_, i) => ({ status: i % 4 === 0 ? 502 : 200 }),
  );
  const settings = { accessLog: "sample", accessLogSamplePct: 20 };
  const lines = await written(settings, records);
  const errors = lines.filter((line) => line.includes("status=502"));
  assert.equal(errors.length, 500);
  const others = lines.length - errors.length;
  assert.ok(others > 220 && others < 380, `${others} of 1500 at 20 %`);
  for (const [pct, count] of [[0, 500], [100, 2_000]] as const) {
    const at = { accessLog: "sample", accessLogSamplePct: pct };
    assert.equal((await written(at, records)).length, count);
  }
});

Deno.test("health checks that succeed are in no sample, those of a backend's own are", async () => {
  const settings = { accessLog: "sample", accessLogSamplePct: 100 };
  const lines = await written(settings, [
    { kind: "api", target: "/health" },
    { kind: "api", target: "/_opsen/livez?…" },
    { kind: "api", target: "/_opsen/readyz", status: 503 },
    { kind: "proxied", target: "/health" },
    { kind: "api", target: "/healthy" },
  ]);
  assert.deepEqual(
    lines.map((line) => /target=(\S+) status=(\d+)/.exec(line)?.slice(1)),
    [["/_opsen/readyz", "503"], ["/health", "200"], ["/healthy", "200"]],
  );
});

Deno.test("lines that a stalled stream can't take are counted, and said when it goes on", async () => {
  const gate = Promise.withResolvers<void>();
  let text = "";
  const stream = {
    async write(bytes: Uint8Array) {
      await gate.promise;
      text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  const logger = createLogger({ level: "info", stream });
  const log = new AccessLog(
    { accessLog: "all", accessLogSamplePct: 1 },
    {
      sink: logger.sink,
      clock: new FakeClock(),
      random: new SeededRandom(1),
    },
  );
  const sent = 20_000;
  for (let i = 0; i < sent; i++) log.ended(DONE);
  gate.resolve();
  await logger.flush();
  log.ended(DONE);
  await logger.flush();
  const lost = Number(/Log lines were lost.* lines=(\d+)/.exec(text)?.[1]);
  const written = text.match(/access: Request/g)?.length ?? 0;
  assert.ok(lost > 0);
  assert.equal(written + lost, sent + 1);
});
