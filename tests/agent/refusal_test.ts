import assert from "node:assert/strict";
import { codeOf, isForPeople, refusalOf } from "../../src/agent/refusal.ts";

function refusal(status: number, text = "", location = ""): string {
  return refusalOf({ kind: "answered", status, text, location });
}

Deno.test("no answer says why", () => {
  assert.equal(
    refusalOf({ kind: "unanswered", reason: "no answer within 10 s" }),
    "no answer within 10 s",
  );
});

Deno.test("a certificate that nobody vouches for and a closed door say which setting to look at", () => {
  const refusalFor = (reason: string) =>
    refusalOf({ kind: "unanswered", reason });
  assert.match(
    refusalFor("invalid peer certificate: UnknownIssuer"),
    /UnknownIssuer: set "server_ca_file"/,
  );
  assert.match(
    refusalFor("received unexpected message from connection"),
    /: .*"blocked_ips"/,
  );
});

Deno.test("a missing and a wrong key say which setting to look at", () => {
  assert.match(refusal(401), /wants a key \(401\): set "server_key"/);
  const problem = JSON.stringify({ title: "x", detail: "Invalid API key" });
  assert.match(
    refusal(403, problem),
    /\(403, "Invalid API key"\): check "server_key".*"whitelisted_ips"/,
  );
});

Deno.test("a redirection names where it points to", () => {
  assert.match(
    refusal(301, "", "https://lb.example.com/register"),
    /redirects to "https:\/\/lb.example.com\/register" \(301\): set "server_url"/,
  );
});

Deno.test("anything else is repeated in the server's words", () => {
  assert.equal(refusal(500), "it answered 500");
  assert.equal(
    refusal(400, '{"detail":"Bad id"}'),
    'it answered 400, "Bad id"',
  );
  assert.equal(
    refusal(503, "\n\n<html>Busy</html>\nmore"),
    'it answered 503, "<html>Busy</html>"',
  );
});

Deno.test("words that steer a terminal, forge a line or never end are made harmless", () => {
  const detail = `a\u001b[31mb\nforged "line"\u202e${"x".repeat(1000)}`;
  const text = refusal(400, JSON.stringify({ detail }));
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
  assert.ok(text.startsWith('it answered 400, "a[31mbforged line'));
  assert.ok(text.length < 550);
});

Deno.test("bodies that are JSON but no problem are text", () => {
  assert.equal(refusal(400, '{"detail":7}'), 'it answered 400, "{detail:7}"');
  assert.equal(refusal(400, "null"), 'it answered 400, "null"');
});

Deno.test("what only an operator can change says what he can do, and is asked for slowly", () => {
  for (
    const [code, advice] of [
      ["key_revoked", /opsen keys/],
      ["backend_revoked", /opsen keys restore/],
      ["enrol_token_expired", /opsen token create.*enrol_token_file/],
      ["id_in_use", /server_key/],
    ] as const
  ) {
    const text = JSON.stringify({ code, detail: "so it is" });
    const answer = {
      kind: "answered",
      status: 403,
      location: "",
      text,
    } as const;
    assert.equal(codeOf(answer), code);
    assert.ok(isForPeople(code));
    const refusal = refusalOf(answer);
    assert.match(refusal, /^it refuses this client \(403, "so it is"\): /);
    assert.match(refusal, advice);
  }
  for (const code of ["", "wrong_key", "rate_limited", "constructor"]) {
    assert.ok(!isForPeople(code), code);
  }
});
