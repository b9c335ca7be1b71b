import assert from "node:assert/strict";
import {
  ask,
  LANES,
  Lanes,
  octets,
  readAnswers,
  withoutIds,
  writeAll,
} from "./lanes.ts";

const QUEUE = "queue: { enabled: true, max_wait_seconds: 60 }\n";
const HUGE = '{"tier":"huge"}';

/** Looks this often until so many wait. */
const LOOKS_MAX = 5000;

async function waiting(lanes: Lanes, depth: number): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    if (await lanes.queueDepth() === depth) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.fail(`The queue never held ${depth}`);
}

Deno.test("a caller that leaves while its ask waits is withdrawn on both ways, also with more sent ahead", async () => {
  await using lanes = await Lanes.start(QUEUE);
  for (const lane of LANES) {
    for (const ahead of ["", ask(lane, "{}")]) {
      const caller = await lanes.connect();
      await writeAll(caller, octets(ask(lane, HUGE) + ahead));
      await waiting(lanes, 1);
      caller.close();
      await waiting(lanes, 0);
    }
  }
});

Deno.test("what was sent ahead of an answer that takes its time is answered after it", async () => {
  await using lanes = await Lanes.start(
    "queue: { enabled: true, max_wait_seconds: 1 }\n",
  );
  const answers = [];
  for (const lane of LANES) {
    using caller = await lanes.connect();
    await writeAll(caller, octets(ask(lane, HUGE)));
    await waiting(lanes, 1);
    await writeAll(caller, octets(ask(lane, "{}") + ask(lane, "[]")));
    const found = await readAnswers(caller, 3);
    answers.push(found.map(withoutIds));
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(
    answers[0]?.map((answer) => answer.slice(9, 12)),
    ["503", "400", "400"],
  );
});

Deno.test("an answer that takes longer than a request may is given up on both ways, and its ask withdrawn", async () => {
  await using lanes = await Lanes.start(`${QUEUE}request_timeout_seconds: 1\n`);
  const answers = [];
  for (const lane of LANES) {
    using caller = await lanes.connect();
    await writeAll(caller, octets(ask(lane, HUGE)));
    answers.push(...await readAnswers(caller, 1));
    await waiting(lanes, 0);
  }
  const [without = "", over = ""] = answers.map(withoutIds);
  assert.equal(without, over);
  assert.match(without, /^HTTP\/1.1 504 /);
  assert.match(without, /"code":"upstream_timeout"/);
});

Deno.test("asks that wait when the server stops are answered before it is gone", async () => {
  const answers: string[] = [];
  for (const lane of LANES) {
    const lanes = await Lanes.start(QUEUE);
    using caller = await lanes.connect();
    await writeAll(caller, octets(ask(lane, HUGE)));
    await waiting(lanes, 1);
    const stopped = lanes[Symbol.asyncDispose]();
    answers.push(...await readAnswers(caller, 1));
    await stopped;
  }
  const [without = "", over = ""] = answers.map(withoutIds);
  assert.equal(without, over);
  assert.match(without, /^HTTP\/1.1 503 [^]*Connection: close\r\n/);
  assert.match(without, /"code":"draining"/);
});

Deno.test("addresses that may not call are refused on both ways", async () => {
  await using lanes = await Lanes.start(
    "whitelisted_ips: [192.0.2.0/24, 127.0.0.1]\ntrusted_proxies: [127.0.0.1]\n",
  );
  for (const lane of LANES) {
    const request = ask(lane, '{"tier":"small"}');
    const from = (ip: string) =>
      request.replace("Host: x", `Host: x\r\nX-Forwarded-For: ${ip}`);
    const [allowed = ""] = await lanes.exchange([octets(from("192.0.2.9"))]);
    assert.match(allowed, /^HTTP\/1.1 200 /);
    const [refused = ""] = await lanes.exchange([octets(from("203.0.113.9"))]);
    assert.match(refused, /^HTTP\/1.1 403 [^]*"code":"address_not_allowed"/);
    assert.match(refused, /203\.0\.113\.9/);
  }
});
