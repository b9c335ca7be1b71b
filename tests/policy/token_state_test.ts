import assert from "node:assert/strict";
import { type TokenLife, tokenState } from "../../src/policy/token_state.ts";

const TOKEN: TokenLife = {
  revokedMs: undefined,
  expiresMs: 100,
  uses: 0,
  usesMax: 2,
};

Deno.test("a token is good until its time, its uses or an operator end it", () => {
  assert.equal(tokenState(TOKEN, 99), "good");
  assert.equal(tokenState(TOKEN, 100), "expired");
  assert.equal(tokenState({ ...TOKEN, uses: 1 }, 0), "good");
  assert.equal(tokenState({ ...TOKEN, uses: 2 }, 0), "used_up");
  assert.equal(tokenState({ ...TOKEN, revokedMs: 5 }, 0), "revoked");
});

Deno.test("of several reasons the one that somebody chose is said, then the one that no use can change", () => {
  const ended = { ...TOKEN, uses: 2 };
  assert.equal(tokenState(ended, 100), "expired");
  assert.equal(tokenState({ ...ended, revokedMs: 0 }, 100), "revoked");
});
