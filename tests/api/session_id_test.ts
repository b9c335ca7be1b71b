import assert from "node:assert/strict";
import { sessionOf } from "../../src/api/session_id.ts";

const BY_HEADER = { stickyHeader: "X-Session-ID", stickyByIp: false };
const BY_IP = { stickyHeader: "", stickyByIp: true };
const BY_BOTH = { stickyHeader: "X-Session-ID", stickyByIp: true };
const NAMED = { "x-session-id": "s1" };

for (
  const [words, sources, headers, clientIp, expected] of [
    ["the header", BY_HEADER, NAMED, "203.0.113.7", "s1"],
    ["no session without the header", BY_HEADER, {}, "203.0.113.7", undefined],
    [
      "no session with an empty header",
      BY_HEADER,
      { "x-session-id": "" },
      "",
      undefined,
    ],
    ["the header before an address", BY_BOTH, NAMED, "203.0.113.7", "s1"],
    ["the address in the body", BY_BOTH, {}, "203.0.113.7", "203.0.113.7"],
    ["the caller's address", BY_IP, {}, "", "192.0.2.9"],
    ["no header that is not configured", BY_IP, NAMED, "", "192.0.2.9"],
  ] as const
) {
  Deno.test(`a session is known by ${words}`, () => {
    assert.deepEqual(sessionIn(sources, headers, clientIp), {
      kind: "session",
      stickyId: expected,
    });
  });
}

Deno.test("a caller without an address has no session by address", () => {
  const session = sessionOf(BY_IP, new Headers(), "", {});
  assert.deepEqual(session, { kind: "session", stickyId: undefined });
});

Deno.test("an id may be as long as the bound and in any script, not longer", () => {
  const kindOf = (id: string) =>
    sessionIn(BY_HEADER, { "x-session-id": id }).kind;
  assert.equal(kindOf("s".repeat(256)), "session");
  assert.equal(kindOf("s".repeat(257)), "problem");
  assert.equal(kindOf("a b;c=d"), "session");
  const utf8 = String.fromCharCode(...new TextEncoder().encode("Àé日"));
  assert.equal(kindOf(utf8), "session");
});

Deno.test("an id with a control character is refused by the name of its header", () => {
  for (const id of ["a\tb", "a\u0001b", "a\u007fb"]) {
    const refusal = sessionIn(BY_HEADER, { "x-session-id": id });
    assert.ok(refusal.kind === "problem");
    assert.equal(refusal.code, "invalid_sticky_id");
    assert.match(refusal.detail, /^Invalid header "X-Session-ID": must be/);
  }
});

function sessionIn(
  sources: Parameters<typeof sessionOf>[0],
  headers: HeadersInit,
  clientIp = "",
) {
  return sessionOf(sources, new Headers(headers), clientIp, {
    remoteAddr: { transport: "tcp", hostname: "192.0.2.9", port: 1 },
  });
}
