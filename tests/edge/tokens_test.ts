import assert from "node:assert/strict";
import type {
  KeyBook,
  TokenVerdict,
  TokenVerifier,
} from "../../src/trust_ports.ts";
import { ADMIN_PORT, EdgeWorld, type WorldOptions } from "./edge_world.ts";
import { tiersOf } from "../engine/fleets.ts";
import { codeOf, head, OK, post, problemOf, valuesOf } from "./exchanges.ts";

const GOOD: TokenVerdict = {
  kind: "valid",
  tier: undefined,
  stickyId: undefined,
};
const BAD: TokenVerdict = {
  kind: "refused",
  code: "invalid_token",
  detail: "The token has expired",
};

/** A world that asks for tokens. */
function worldWith(
  verify: TokenVerifier["verify"],
  { settings, ...options }: WorldOptions = {},
): EdgeWorld {
  return new EdgeWorld({
    ...options,
    settings: { needsToken: true, ...settings },
    tokens: { verify },
  });
}

/** A verifier whose verdicts come when the test gives them. */
function slowVerifier() {
  const checks: {
    readonly token: string;
    readonly verdict: PromiseWithResolvers<TokenVerdict>;
  }[] = [];
  function verify(token: string): Promise<TokenVerdict> {
    const verdict = Promise.withResolvers<TokenVerdict>();
    checks.push({ token, verdict });
    return verdict.promise;
  }
  return { checks, verify };
}

function bearing(token: string, ...fields: readonly string[]): string {
  return head("GET /x", `Authorization: Bearer ${token}`, ...fields);
}

Deno.test("a request with a token that is known good goes on at once, token and all", () => {
  const seen: string[] = [];
  using world = worldWith((token) => {
    seen.push(token);
    return GOOD;
  });
  const caller = world.call(bearing("a.b.c"));
  assert.deepEqual(seen, ["a.b.c"]);
  assert.deepEqual(valuesOf(world.origin.received, "Authorization"), [
    "Bearer a.b.c",
  ]);
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
});

Deno.test("each refusal has its status, its code and its challenge, and no backend hears of it", () => {
  const cases = [
    ["missing_token", 401, ["Bearer"]],
    ["invalid_token", 401, ['Bearer error="invalid_token"']],
    ["token_unverifiable", 503, []],
  ] as const;
  for (const [code, status, challenges] of cases) {
    const verdict = { kind: "refused", code, detail: "Because" } as const;
    using world = worldWith(() => verdict);
    const caller = world.call(bearing("secret-token"));
    const problem = problemOf(caller.received);
    assert.equal(problem.code, code);
    assert.equal(problem.status, status);
    assert.equal(problem.detail, "Because");
    assert.deepEqual(
      valuesOf(caller.received, "WWW-Authenticate"),
      challenges,
    );
    assert.deepEqual(world.places, []);
    assert.doesNotMatch(JSON.stringify(world.logger.lines), /secret-token/);
  }
});

Deno.test("what is no bearer token counts as none, and several fields as no good one", () => {
  const seen: string[] = [];
  using world = worldWith((token) => {
    seen.push(token);
    return BAD;
  });
  for (
    const fields of [
      [],
      ["Authorization: Basic YTpi"],
      ["Authorization: Bearer"],
      ["Authorization: Bearer a b"],
      ["authorization: bEARER   ok"],
    ]
  ) world.call(head("GET /", ...fields));
  assert.deepEqual(seen, ["", "", "", "", "ok"]);
  const two = ["Authorization: Bearer a", "Authorization: Bearer b"];
  const caller = world.call(head("GET /", ...two));
  assert.equal(codeOf(caller.received), "invalid_token");
  assert.equal(seen.length, 5);
});

Deno.test("the API and an edge that asks for no tokens look at none", () => {
  using world = worldWith(() => BAD);
  world.call(head("GET /clients"));
  world.call(head("GET /x"), undefined, ADMIN_PORT);
  assert.equal(world.places.length, 2);
  using open = worldWith(() => BAD, { settings: { needsToken: false } });
  open.call(head("GET /x"));
  assert.deepEqual(open.places, ["10.0.0.1:80"]);
});

Deno.test("without anybody to check them no token is good", () => {
  using world = new EdgeWorld({ settings: { needsToken: true } });
  const caller = world.call(bearing("a"));
  assert.equal(codeOf(caller.received), "token_unverifiable");
});

Deno.test("while a token is checked the body is held back, and arrives whole", async () => {
  const { checks, verify } = slowVerifier();
  using world = worldWith(verify);
  const caller = world.call(
    head("POST /", "Authorization: Bearer t", "Content-Length: 9"),
  );
  world.say(caller, "some");
  assert.ok(caller.isHeldBack);
  assert.deepEqual(world.places, []);
  world.say(caller, " more");
  checks[0]?.verdict.resolve(GOOD);
  await world.turn();
  assert.ok(world.origin.received.endsWith("\r\n\r\nsome more"));
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
});

Deno.test("the tier is looked for in a body that came while the token was checked", async () => {
  const { checks, verify } = slowVerifier();
  using world = worldWith(verify);
  const fields = ["Authorization: Bearer t"];
  const ask = post("/", '{"tier":"nowhere"}', "application/json", ...fields);
  const caller = world.call(ask.slice(0, -6));
  world.say(caller, ask.slice(-6));
  checks[0]?.verdict.resolve(GOOD);
  await world.turn();
  assert.equal(problemOf(caller.received).detail, "Unknown tier: nowhere");
});

Deno.test("a verdict that comes later refuses as one that comes at once", async () => {
  const { checks, verify } = slowVerifier();
  using world = worldWith(verify);
  const caller = world.call(bearing("t") + head("GET /clients"));
  checks[0]?.verdict.resolve(BAD);
  await world.turn();
  const [refusal = "", rest] = caller.received.split("}");
  assert.equal(codeOf(`${refusal}}`), "invalid_token");
  assert.equal(rest, "");
  assert.equal(world.places.length, 1, "the next request is looked at");
});

Deno.test("a caller that leaves while its token is checked leaves nothing behind", async () => {
  for (const leaves of ["end", "reset"] as const) {
    const { checks, verify } = slowVerifier();
    using world = worldWith(verify);
    const caller = world.call(bearing("t"));
    assert.equal(world.driver.elsewhere, 1);
    world[leaves](caller);
    assert.equal(world.edge.load.inFlight, 0);
    assert.equal(world.driver.elsewhere, 0);
    checks[0]?.verdict.resolve(GOOD);
    await world.turn();
    assert.deepEqual(world.places, []);
  }
});

Deno.test("that a caller leaves is seen while its body is held back", () => {
  const { verify } = slowVerifier();
  using world = worldWith(verify);
  const fields = ["Authorization: Bearer t", "Content-Length: 9"];
  const caller = world.call(head("POST /", ...fields));
  world.say(caller, "some");
  assert.ok(caller.isHeldBack);
  world.end(caller);
  assert.equal(world.edge.load.inFlight, 0);
});

Deno.test("a verdict for a request that is over says nothing of the next one", async () => {
  const { checks, verify } = slowVerifier();
  using world = worldWith(verify, { settings: { requestTimeoutMs: 1_000 } });
  const caller = world.call(bearing("first"));
  world.pass(1_100);
  world.say(caller, bearing("second"));
  assert.deepEqual(checks.map(({ token }) => token), ["first", "second"]);
  checks[0]?.verdict.resolve(GOOD);
  await world.turn();
  assert.deepEqual(world.places, []);
  checks[1]?.verdict.resolve(GOOD);
  await world.turn();
  assert.equal(world.places.length, 1);
});

Deno.test("a check that takes longer than a request may is given up", () => {
  const { verify } = slowVerifier();
  using world = worldWith(verify, { settings: { requestTimeoutMs: 1_000 } });
  const caller = world.call(bearing("t"));
  world.pass(1_100);
  assert.equal(codeOf(caller.received), "token_unverifiable");
});

Deno.test("what a token says counts before what the request says", async () => {
  const claims: TokenVerdict = {
    kind: "valid",
    tier: "card",
    stickyId: "person-1",
  };
  using world = worldWith(() => claims, {
    gpus: 1,
    balancer: {
      tiers: tiersOf([["card", 1, 1, 5, 1, 16], ["small", 1, 1, 5, 0, 0]]),
    },
  });
  const others = ["X-Tier: small", "X-Session: another"];
  world.call(bearing("t", ...others));
  await world.turn();
  assert.deepEqual(valuesOf(world.origin.received, "X-Opsen-GPU"), ["0"]);
  const [session] = [...world.store.tables.sticky.values()];
  assert.equal(session?.stickyId, "person-1");
  assert.equal(session?.tier, "card");
});

Deno.test("where a token says nothing the request is asked", () => {
  using world = worldWith(() => GOOD);
  const caller = world.call(bearing("t", "X-Tier: nowhere"));
  assert.equal(codeOf(caller.received), "unknown_tier");
  world.call(bearing("t", "X-Session: s1"));
  assert.equal(world.store.tables.sticky.size, 1);
});

Deno.test("where a key is asked for too, both are wanted, and the token alone goes on", () => {
  const principal = {
    ...{ name: "k", scopes: undefined, tiers: undefined },
    ...{ expiresMs: undefined, backendId: undefined },
    ...{ endpointAllow: [], ratePerMinute: 0 },
  };
  const keys: KeyBook = {
    isOpen: false,
    find: (key) =>
      key === "our-key" ? { kind: "known", principal } : { kind: "unknown" },
    isShutOut: () => false,
  };
  const settings = { proxyRequireKey: true };
  using world = worldWith((token) => token === "good" ? GOOD : BAD, {
    keys,
    settings,
  });
  const ask = (text: string) => codeOf(world.call(text).received);
  assert.equal(ask(bearing("good")), "wrong_key");
  assert.equal(ask(bearing("our-key")), "invalid_token");
  assert.equal(ask(bearing("bad", "X-API-Key: our-key")), "invalid_token");
  assert.deepEqual(world.places, []);
  world.call(bearing("good", "X-API-Key: our-key"));
  const { received } = world.origin;
  assert.deepEqual(valuesOf(received, "Authorization"), ["Bearer good"]);
  assert.deepEqual(valuesOf(received, "X-API-Key"), []);
});

Deno.test("a verifier that throws fails its request alone", () => {
  using world = worldWith(() => {
    throw new Error("broken");
  });
  const caller = world.call(bearing("t"));
  assert.equal(codeOf(caller.received), "internal_error");
});
