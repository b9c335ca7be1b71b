import assert from "node:assert/strict";
import { ask, KEY, LANES, Lanes, octets, withoutIds } from "./lanes.ts";

const ASK = '{"tier":"small"}';
const JSON_TYPE = "Content-Type: application/json";
const WITH_KEY = `X-API-Key: ${KEY}`;

/** A request by the path of its lane and a name that no other request has. */
type Case = (lane: string, name: string) => string;

/** Each with the status it is answered with. */
const CASES: Readonly<Record<string, readonly [number, Case]>> = {
  "a good ask": [200, (lane) => ask(lane, ASK)],
  "a full ask": [
    200,
    (lane) =>
      ask(
        lane,
        '{"tier":"small","client_lat":48.86,"client_lon":2.35,"client_ip":"203.0.113.9"}',
      ),
  ],
  "spaces and tabs": [
    200,
    (lane) =>
      ask(lane, ' \r\n{ "tier" :\t"small" }\n ', [
        "content-TYPE:  \t application/json  ",
        `x-api-KEY:${KEY}\t`,
      ]),
  ],
  "no type": [200, (lane) => ask(lane, ASK, [WITH_KEY])],
  "text that is JSON": [
    200,
    (lane) => ask(lane, ASK, ["Content-Type: text/plain", WITH_KEY]),
  ],
  "text that is none": [
    415,
    (lane) => ask(lane, '"small"', ["Content-Type: text/plain", WITH_KEY]),
  ],
  "a charset": [
    200,
    (lane) =>
      ask(lane, ASK, [
        'Content-Type: application/json; charset="UTF-8"',
        WITH_KEY,
      ]),
  ],
  "another charset": [
    400,
    (lane) => ask(lane, ASK, [`${JSON_TYPE}; charset=utf-16`, WITH_KEY]),
  ],
  "a byte order mark": [200, (lane) => ask(lane, `\xef\xbb\xbf${ASK}`)],
  "letters beyond ASCII": [
    400,
    (lane) => ask(lane, '{"tier":"gr\xc3\xb6\xc3\x9fe"}'),
  ],
  "no UTF-8": [400, (lane) => ask(lane, '{"tier":"\xff"}')],
  "bad JSON": [400, (lane) => ask(lane, '{"tier":')],
  "an empty body": [400, (lane) => ask(lane, "")],
  "a list": [400, (lane) => ask(lane, "[]")],
  "wrong types": [400, (lane) => ask(lane, '{"tier":7,"client_lat":"x"}')],
  "no tier": [400, (lane) => ask(lane, "{}")],
  "an unknown tier": [400, (lane) => ask(lane, '{"tier":"none"}')],
  "no room": [503, (lane) => ask(lane, '{"tier":"huge"}')],
  "no key": [401, (lane) => ask(lane, ASK, [JSON_TYPE])],
  "a wrong key": [403, (lane) => ask(lane, ASK, [JSON_TYPE, "X-API-Key: no"])],
  "a bearer": [
    200,
    (lane) => ask(lane, ASK, [JSON_TYPE, `Authorization: bearer ${KEY}`]),
  ],
  "a repeated key": [403, (lane) => ask(lane, ASK, [WITH_KEY, WITH_KEY])],
  "another type": [
    415,
    (lane) => ask(lane, ASK, ["Content-Type: text/xml", WITH_KEY]),
  ],
  "a coding": [
    415,
    (lane) => ask(lane, ASK, ["Content-Encoding: gzip", WITH_KEY]),
  ],
  "a session": [
    200,
    (lane, name) => ask(lane, ASK, [WITH_KEY, `X-Session: ${name}`]),
  ],
  "a session twice": [
    200,
    (lane, name) =>
      ask(lane, ASK, [WITH_KEY, `X-Session: ${name}`, `X-Session: ${name}`]),
  ],
  "a session of any letters": [
    200,
    (lane, name) => ask(lane, ASK, [WITH_KEY, `X-Session: \xe9${name}`]),
  ],
  "a session with a tab": [
    400,
    (lane) => ask(lane, ASK, [WITH_KEY, "X-Session: a\tb"]),
  ],
  "an idempotency key": [
    200,
    (lane, name) => ask(lane, ASK, [WITH_KEY, `Idempotency-Key: ${name}`]),
  ],
  "an empty idempotency key": [
    400,
    (lane) => ask(lane, ASK, [WITH_KEY, "Idempotency-Key:"]),
  ],
  "a claim about the caller": [
    200,
    (lane) =>
      ask(lane, ASK, [WITH_KEY, "Opsen-Caller: 192.0.2.1", "X-Request-ID: x"]),
  ],
  "the end of the connection": [
    200,
    (lane) => ask(lane, ASK, [WITH_KEY, "Connection: close"]),
  ],
  "a refusal and the end of the connection": [
    400,
    (lane) => ask(lane, "{}", [WITH_KEY, "Connection: close"]),
  ],
  "a long body": [
    200,
    (lane) => ask(lane, ASK.padEnd(6000)),
  ],
  "a body longer than a read": [200, (lane) => ask(lane, ASK.padEnd(90_000))],
  "a body that is too long": [
    413,
    (lane) => ask(lane, ASK).replace(/(Content-Length:) \d+/, "$1 100001"),
  ],
  "a wait for 100": [
    200,
    (lane) => ask(lane, ASK, [WITH_KEY, "Expect: nothing"]),
  ],
  "the method in lower case": [
    405,
    (lane) => ask(lane, ASK).replace("POST", "post"),
  ],
  "the old version": [
    200,
    (lane) => ask(lane, ASK).replace("HTTP/1.1", "HTTP/1.0"),
  ],
};

Deno.test("an ask is answered alike with and without HTTP, field by field", async () => {
  await using lanes = await Lanes.start();
  for (const [title, [status, request]] of Object.entries(CASES)) {
    const answers: string[] = [];
    for (const lane of LANES) {
      const name = `${title} ${lane.length}`.replaceAll(" ", "-");
      const [answer = ""] = await lanes.exchange([octets(request(lane, name))]);
      answers.push(answer);
    }
    const [without = "", over = ""] = answers;
    assert.equal(withoutIds(without), withoutIds(over), title);
    assert.ok(
      without.startsWith(`HTTP/1.1 ${status} `),
      `${title}: ${without}`,
    );
  }
});

Deno.test("what is plain goes without HTTP, and nothing else does", async () => {
  await using lanes = await Lanes.start();
  const refused = ask("/route", "{}");
  const urlOf = async (request: string, ...rest: readonly string[]) => {
    lanes.logger.lines.length = 0;
    await lanes.exchange([request, ...rest].map(octets));
    return lanes.logger.lines.find(({ message }) =>
      message === "Request refused"
    )?.data.url;
  };
  assert.equal(await urlOf(refused), "/route");
  assert.equal(await urlOf(refused.replace("/route", "/route")), "/route");
  const others = [
    refused.replace("/route", "/route?"),
    refused.replace("/route", "/route?explain=1"),
    refused.replace("/route", "http://x/route"),
    refused.replace("HTTP/1.1", "HTTP/1.0"),
    refused.replace("Host: x", "Host: x\r\nExpect: 100-continue"),
    refused.replace(
      "Content-Length: 2\r\n\r\n{}",
      "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ),
  ];
  for (const other of others) {
    assert.match(String(await urlOf(other)), /^http.*:\/\//, other);
  }
  const [head = "", body = ""] = refused.split(/(?<=\r\n\r\n)/);
  assert.match(String(await urlOf(head, body)), /^http.*:\/\//);
});

Deno.test("asks that are sent ahead are answered in order, each as if it were alone", async () => {
  await using lanes = await Lanes.start();
  const row = (lane: string) =>
    [
      ask(lane, ASK),
      ask(lane, "{}"),
      ask(lane, ASK, [WITH_KEY, "X-Session: ahead"]),
      ask(lane, '{"tier":"huge"}'),
      `GET /health HTTP/1.1\r\nHost: x\r\n\r\n`,
      ask(lane, ASK, [JSON_TYPE]),
      ask(lane, ASK, [WITH_KEY, "Connection: close"]),
      ask(lane, ASK),
    ].join("");
  const answers: string[][] = [];
  for (const lane of LANES) {
    const found = await lanes.exchange([octets(row(lane))], 8);
    answers.push(found.filter((answer) => answer !== "").map(withoutIds));
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(
    answers[0]?.map((answer) => Number(answer.slice(9, 12))),
    [200, 400, 200, 503, 200, 401, 200],
  );
});

Deno.test("an ask that comes in two pieces, cut anywhere, is answered alike", async () => {
  await using lanes = await Lanes.start();
  const request = octets(ask("/route", ASK, [JSON_TYPE, WITH_KEY]));
  const [whole = ""] = await lanes.exchange([request]);
  for (let at = 1; at < request.length; at++) {
    const cut = [request.subarray(0, at), request.subarray(at)];
    const [answer = ""] = await lanes.exchange(cut);
    assert.equal(withoutIds(answer), withoutIds(whole), `cut at ${at}`);
  }
});

Deno.test("a session and an idempotency key are the same on both ways", async () => {
  await using lanes = await Lanes.start();
  for (const field of ["X-Session: both", "Idempotency-Key: both"]) {
    const ids = [];
    for (const lane of [...LANES, ...LANES]) {
      const request = ask(lane, ASK, [WITH_KEY, field]);
      const [answer = ""] = await lanes.exchange([octets(request)]);
      ids.push(/"lease_id":"([^"]+)"/.exec(answer)?.[1]);
    }
    assert.ok(ids[0] !== undefined);
    assert.deepEqual(ids, Array(4).fill(ids[0]), field);
  }
});
