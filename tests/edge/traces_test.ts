import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import { forwarded, head, OK, valuesOf } from "./exchanges.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const GIVEN = `00-${TRACE}-${PARENT}-01`;
const OURS = `00-${TRACE}-b7ad6b7169203331-01`;

/** What stands in the place of a trace and could be taken for one. */
const MALFORMED = [
  `00-${TRACE}-${PARENT}`,
  `00-${TRACE.toUpperCase()}-${PARENT}-01`,
  `00-${"0".repeat(32)}-${PARENT}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `ff-${TRACE}-${PARENT}-01`,
  `00-${TRACE}-${PARENT}-01-more`,
  `00-${TRACE}-${PARENT}-01, ${GIVEN}`,
  "",
];

Deno.test("a request that is not traced goes on with its caller's fields, whatever they say", () => {
  for (const given of [GIVEN, ...MALFORMED]) {
    using world = new EdgeWorld();
    const request = head("GET /", `Traceparent: ${given}`, "tracestate: a=b");
    const sent = forwarded(world, request);
    assert.deepEqual(valuesOf(sent, "traceparent"), [given]);
    assert.deepEqual(valuesOf(sent, "tracestate"), ["a=b"]);
  }
});

Deno.test("the backend of a traced request is told our span, once, and the caller's state", () => {
  const later = `01-${TRACE}-${PARENT}-01-more`;
  for (const given of [GIVEN, later]) {
    using world = new EdgeWorld();
    world.traffic.spanOf = () => ({ traceparent: OURS });
    const request = head("GET /", `Traceparent: ${given}`, "tracestate: a=b");
    const sent = forwarded(world, request);
    assert.deepEqual(valuesOf(sent, "traceparent"), [OURS]);
    assert.deepEqual(valuesOf(sent, "tracestate"), ["a=b"]);
    world.say(world.origin, OK);
    assert.deepEqual(world.traffic.last.span, { traceparent: OURS });
  }
});

Deno.test("a span of another trace leaves the state of the caller's behind", () => {
  const span = `00-${TRACE.replace("4", "5")}-b7ad6b7169203331-01`;
  for (const given of [GIVEN, ...MALFORMED]) {
    using world = new EdgeWorld();
    world.traffic.spanOf = () => ({ traceparent: span });
    const request = head("GET /", `traceparent: ${given}`, "tracestate: a=b");
    const sent = forwarded(world, request);
    assert.deepEqual(valuesOf(sent, "traceparent"), [span]);
    assert.deepEqual(valuesOf(sent, "tracestate"), []);
  }
});

Deno.test("only one trace that is well-formed is joined", () => {
  const later = `01-${TRACE}-${PARENT}-01-more`;
  for (const given of [GIVEN, later]) {
    using world = new EdgeWorld();
    forwarded(world, head("GET /", `traceparent: ${given}`));
    assert.deepEqual(world.traffic.parents, [given]);
  }
  for (const given of MALFORMED) {
    using world = new EdgeWorld();
    forwarded(world, head("GET /", `traceparent: ${given}`));
    assert.deepEqual(world.traffic.parents, [undefined], given);
  }
  using world = new EdgeWorld();
  forwarded(
    world,
    head("GET /", `traceparent: ${GIVEN}`, `traceparent: ${GIVEN}`),
  );
  assert.deepEqual(world.traffic.parents, [undefined]);
});

Deno.test("a span is that of its request alone", () => {
  using world = new EdgeWorld();
  const spans = [{ traceparent: OURS }, undefined];
  world.traffic.spanOf = () => spans.shift();
  const caller = world.call(head("GET /one"));
  world.say(world.origin, OK);
  world.say(caller, head("GET /two"));
  world.say(world.origin, OK);
  const traced = world.origin;
  assert.equal(world.traffic.last.span, undefined);
  world.traffic.spanOf = () => ({ traceparent: OURS });
  world.say(caller, head("GET /three"));
  world.say(world.origin, OK);
  world.say(caller, "no request\r\n\r\n");
  assert.equal(world.traffic.last.kind, "refused");
  assert.equal(world.traffic.last.span, undefined);
  const { received } = traced;
  const second = received.slice(
    received.indexOf("GET /two"),
    received.indexOf("GET /three"),
  );
  assert.deepEqual(valuesOf(second, "traceparent"), []);
});
