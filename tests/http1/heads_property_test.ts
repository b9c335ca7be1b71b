import assert from "node:assert/strict";
import fc from "fast-check";
import { octetsOf } from "../../src/http1/octets.ts";
import { RequestHead } from "../../src/http1/request_head.ts";
import { ResponseHead } from "../../src/http1/response_head.ts";
import { seedOf } from "../seed.ts";
import { FIELD, HOST, METHOD, TARGET } from "./messages.ts";
import {
  readRequest,
  readRequestOctets,
  readResponse,
  readResponseOctets,
} from "./readings.ts";
import { rewrittenRequest, rewrittenResponse } from "./rewritten.ts";

const FIELDS = fc.array(FIELD, { maxLength: 8 });
const FRAMING = fc.constantFrom(
  [],
  [["Content-Length", "0"] as const],
  [["Content-Length", "1234567890"] as const],
  [["Transfer-Encoding", "chunked"] as const],
);
const CONNECTION = fc.constantFrom(
  [],
  [["Connection", "close"] as const],
  [["Connection", "Upgrade"] as const, ["Upgrade", "websocket"] as const],
);

/** A request head as text, and what must be read of it. */
const REQUEST = fc.record({
  method: METHOD,
  target: TARGET,
  host: HOST,
  fields: FIELDS,
  framing: FRAMING,
  connection: CONNECTION,
  emptyLines: fc.nat(4),
}).map((parts) => {
  const { authority, path } = parts.target;
  const target = authority === "" ? path : `http://${authority}${path}`;
  const fields = [
    ["Host", parts.host] as const,
    ...parts.fields,
    ...parts.framing,
    ...parts.connection,
  ];
  const start = "\r\n".repeat(parts.emptyLines);
  const line = `${start}${parts.method} ${target} HTTP/1.1\r\n`;
  return { ...parts, text: headOf(line, fields) };
});

const RESPONSE = fc.record({
  status: fc.integer({ min: 100, max: 599 }),
  reason: fc.stringMatching(/^( [\t -~\x80-\xff]{0,20})?$/),
  fields: FIELDS,
  framing: FRAMING,
  connection: CONNECTION,
}).map((parts) => {
  const line = `HTTP/1.1 ${parts.status}${parts.reason}\r\n`;
  const fields = [...parts.fields, ...parts.framing, ...parts.connection];
  return { ...parts, text: headOf(line, fields) };
});

Deno.test("every valid request head is read to what it was made of, and again to the same when rewritten", () => {
  fc.assert(
    fc.property(REQUEST, fc.string({ unit: "binary-ascii" }), (made, rest) => {
      const reading = readRequest(made.text + rest);
      assert.ok("method" in reading, reading.verdict);
      assert.equal(reading.end, made.text.length);
      assert.equal(reading.method, made.method);
      assert.equal(reading.path, made.target.path);
      assert.equal(reading.authority, made.target.authority);
      assert.equal(reading.host, made.host);
      assert.deepEqual(
        reading.sent.filter(([name]) => name.startsWith("X-")),
        made.fields,
      );
      const again = readRequest(rewrittenRequest(reading));
      assert.deepEqual({ ...again, end: 0 }, { ...reading, end: 0 });
    }),
    { seed: seedOf("request heads"), numRuns: 500 },
  );
});

Deno.test("every valid response head is read to what it was made of, and again to the same when rewritten", () => {
  fc.assert(
    fc.property(RESPONSE, fc.string({ unit: "binary-ascii" }), (made, rest) => {
      const reading = readResponse(made.text + rest);
      assert.ok("status" in reading, reading.verdict);
      assert.equal(reading.end, made.text.length);
      assert.equal(reading.line, `${made.status}${made.reason}`);
      assert.deepEqual(
        reading.sent.filter(([name]) => name.startsWith("X-")),
        made.fields,
      );
      const again = readResponse(rewrittenResponse(reading));
      assert.deepEqual({ ...again, end: 0 }, { ...reading, end: 0 });
    }),
    { seed: seedOf("response heads"), numRuns: 500 },
  );
});

Deno.test("every part of a valid head is incomplete", () => {
  fc.assert(
    fc.property(REQUEST, RESPONSE, (request, response) => {
      for (let end = 0; end < request.text.length; end++) {
        const { verdict } = readRequest(request.text.slice(0, end));
        assert.equal(verdict, "incomplete", `${end} octets of a request`);
      }
      for (let end = 0; end < response.text.length; end++) {
        const { verdict } = readResponse(response.text.slice(0, end));
        assert.equal(verdict, "incomplete", `${end} octets of a response`);
      }
    }),
    { seed: seedOf("parts of heads"), numRuns: 50 },
  );
});

Deno.test("one wrong octet anywhere never throws, and is judged the same however much has come", () => {
  fc.assert(
    fc.property(
      REQUEST,
      RESPONSE,
      fc.nat(),
      fc.nat(255),
      (request, response, place, octet) => {
        sameForEveryPart(
          damaged(request.text, place, octet),
          (octets) => readRequestOctets(octets, new RequestHead()),
        );
        sameForEveryPart(
          damaged(response.text, place, octet),
          (octets) => readResponseOctets(octets, new ResponseHead()),
        );
      },
    ),
    { seed: seedOf("wrong octets"), numRuns: 100 },
  );
});

Deno.test("octets by chance never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      sameForEveryPart(
        octets,
        (part) => readRequestOctets(part, new RequestHead()),
      );
      sameForEveryPart(
        octets,
        (part) => readResponseOctets(part, new ResponseHead()),
      );
    }),
    { seed: seedOf("octets by chance"), numRuns: 200 },
  );
});

/** Once a head is read or refused, more octets don't change it. */
function sameForEveryPart(
  octets: Uint8Array,
  read: (octets: Uint8Array) => { readonly verdict: string },
): void {
  const whole = read(octets);
  let isDecided = false;
  for (let end = 0; end <= octets.length; end++) {
    const part = read(octets.subarray(0, end));
    if (part.verdict === "incomplete") assert.ok(!isDecided, `${end} octets`);
    else {
      isDecided = true;
      assert.deepEqual(part, whole, `${end} octets`);
    }
  }
}

function damaged(text: string, place: number, octet: number): Uint8Array {
  const octets = octetsOf(text);
  octets[place % octets.length] = octet;
  return octets;
}

function headOf(
  line: string,
  fields: readonly (readonly [string, string])[],
): string {
  const lines = fields.map(([name, value]) => `${name}:${value} \t\r\n`);
  return `${line}${lines.join("")}\r\n`;
}
