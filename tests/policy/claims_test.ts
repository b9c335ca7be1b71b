import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CLAIM_WINDOW_MS,
  type Claimant,
  CLAIMANTS_MAX,
  Claims,
} from "../../src/policy/claims.ts";
import { seedOf } from "../seed.ts";

const IDS_MAX = 100;

/** One of our clients, on a host of the same name. */
function ours(name: string): Claimant {
  const [hostname, localIp, publicIp] = [`host-${name}`, "", ""];
  return { instance: name, hostname, localIp, publicIp };
}

/** A Go client that registers, or that reports and leaves its address out. */
function go(hostname: string, localIp = ""): Claimant {
  return { instance: undefined, hostname, localIp, publicIp: "" };
}

/** What each of these messages changes, a minute apart. */
function play(messages: readonly Claimant[], gapMs = 60_000): string[] {
  const claims = new Claims();
  return messages.map((claimant, index) =>
    claims.hear("x", claimant, index * gapMs, IDS_MAX).kind
  );
}

const [A, B, C] = [ours("a"), ours("b"), ours("c")];

Deno.test("two machines that speak in turn are noticed when the first speaks again", () => {
  assert.deepEqual(play([A, B, A, B, A]), [
    ...["none", "none", "begun", "none", "none"],
  ]);
});

Deno.test("a restart, and one after the other, is no conflict", () => {
  assert.deepEqual(new Set(play([A, A, B, B, B, C, C])), new Set(["none"]));
});

Deno.test("a machine that is heard again after the window is one that moved back", () => {
  assert.deepEqual(
    new Set(play([A, B, A], CLAIM_WINDOW_MS)),
    new Set(["none"]),
  );
  assert.equal(play([A, B, A], CLAIM_WINDOW_MS / 2 - 1).at(-1), "begun");
});

Deno.test("a conflict is over when one machine alone was heard for the window", () => {
  const claims = new Claims();
  for (const [index, claimant] of [A, B, A].entries()) {
    claims.hear("x", claimant, index, IDS_MAX);
  }
  assert.equal(claims.hear("x", A, CLAIM_WINDOW_MS, IDS_MAX).kind, "none");
  assert.notEqual(claims.conflictOf("x", CLAIM_WINDOW_MS), undefined);
  const later = CLAIM_WINDOW_MS + 1;
  assert.equal(claims.conflictOf("x", later), undefined);
  assert.equal(claims.hear("x", A, later, IDS_MAX).kind, "ended");
  assert.equal(claims.hear("x", A, later, IDS_MAX).kind, "none");
});

Deno.test("the machines of a conflict are named in the same order whoever spoke last", () => {
  const claims = new Claims();
  for (const [index, claimant] of [B, A, B].entries()) {
    claims.hear("x", claimant, index, IDS_MAX);
  }
  const conflict = { claimants: [A, B], since: 2 };
  assert.deepEqual(claims.conflictOf("x", 2), conflict);
  claims.hear("x", A, 3, IDS_MAX);
  assert.deepEqual(claims.conflictOf("x", 3), conflict);
  assert.equal(claims.conflictOf("y", 3), undefined);
});

Deno.test("a Go client whose reports leave its address out is one machine", () => {
  const register = go("h", "10.0.0.1");
  const silent = go("");
  assert.deepEqual(
    new Set(play([go("h"), register, go("h"), register, silent, register])),
    new Set(["none"]),
  );
});

Deno.test("two Go clients are told apart by host, or by address when both register", () => {
  assert.equal(play([go("h"), go("i"), go("h")]).at(-1), "begun");
  const [one, other] = [go("h", "10.0.0.1"), go("h", "10.0.0.2")];
  assert.equal(play([one, go("h"), other, go("h"), one]).at(-1), "begun");
});

Deno.test("a Go client and ours under one id are two machines", () => {
  assert.equal(play([A, go("host-a"), A]).at(-1), "begun");
});

Deno.test("a message that says less leaves what is known of its machine", () => {
  const claims = new Claims();
  const full = { ...A, localIp: "10.0.0.1", publicIp: "203.0.113.1" };
  for (const [index, claimant] of [full, B, A].entries()) {
    claims.hear("x", claimant, index, IDS_MAX);
  }
  assert.deepEqual(claims.conflictOf("x", 3)?.claimants[0], full);
});

Deno.test("of too many ids the least recently heard is forgotten", () => {
  const claims = new Claims();
  for (const id of ["x", "y", "x", "z"]) claims.hear(id, A, 0, 2);
  // "y" gave way: its first claimant is not known any more.
  claims.hear("y", B, 1, 3);
  assert.equal(claims.hear("y", A, 2, 3).kind, "none");
  claims.hear("x", B, 1, 3);
  assert.equal(claims.hear("x", A, 2, 3).kind, "begun");
});

Deno.test("whatever is heard, no more machines of one id are kept than the bound, and a conflict names two or more", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.constantFrom("a", "b", "c", "d", "e", "f"),
          fc.integer({ min: 0, max: CLAIM_WINDOW_MS }),
        ),
        { maxLength: 60 },
      ),
      (messages) => {
        const claims = new Claims();
        let now = 0;
        let isOn = false;
        for (const [name, gapMs] of messages) {
          now += gapMs;
          const { kind } = claims.hear("x", ours(name), now, 1);
          assert.equal(kind === "begun", kind !== "none" && !isOn);
          if (kind !== "none") isOn = kind === "begun";
          const named = claims.conflictOf("x", now)?.claimants.length;
          assert.equal(named !== undefined, isOn);
          if (named !== undefined) {
            assert.ok(named >= 2 && named <= CLAIMANTS_MAX);
          }
        }
      },
    ),
    { seed: seedOf("claims") },
  );
});
