import assert from "node:assert/strict";
import { readWrk } from "./wrk.ts";

const PRINTED = `Running 1s test @ http://127.0.0.1:8080/small
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   436.47us  211.36us   6.12ms   92.56%
    Req/Sec    72.40k     3.05k   76.93k    81.82%
  Latency Distribution
     50%  399.00us
     75%  480.00us
     90%    1.02ms
     99%    1.21s
  79201 requests in 1.10s, 14.12MB read
Requests/sec:  72001.25
Transfer/sec:     12.50MB
`;

Deno.test("what wrk prints is read with its units", () => {
  assert.deepEqual(readWrk(PRINTED), {
    requestsPerSecond: 72_001.25,
    bytesPerSecond: 12.5 * 1024 * 1024,
    p50Ms: 0.399,
    p99Ms: 1210,
  });
});

for (
  const trouble of [
    "  Non-2xx or 3xx responses: 7",
    "  Socket errors: connect 0, read 3, write 0, timeout 0",
  ]
) {
  Deno.test(`a run with "${trouble.trim()}" counts as none`, () => {
    const text = PRINTED.replace("Requests/sec", `${trouble}\nRequests/sec`);
    assert.throws(() => readWrk(text), {
      message: `wrk met errors: ${trouble.trim()}`,
    });
  });
}

Deno.test("output that is cut short is said", () => {
  assert.throws(() => readWrk(PRINTED.slice(0, 200)), /wrk did not say/);
});
