import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Enrolment, TOKENS_MAX } from "../../src/trust/enrolment.ts";
import { HashedKeyBook } from "../../src/trust/key_book.ts";
import type {
  EnrolmentAsk,
  EnrolmentOutcome,
  TokenWish,
} from "../../src/trust_ports.ts";
import { keyHash, newKey } from "../../src/wire/key_text.ts";
import { FakeClock } from "../fakes/clock.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { NOBODY } from "./key_examples.ts";

const HOUR_MS = 3_600_000;

/** A desk with a store and a key book, on a server that has a shared key unless a test says that all is open. */
class Home {
  readonly clock = new FakeClock(0);
  readonly store = new MemoryStore();
  readonly book = new HashedKeyBook(() => this.clock.wallMs());
  readonly desk: Enrolment;

  constructor({ isOpen = false } = {}) {
    if (!isOpen) {
      this.book.configure([key("server_key", "shared", undefined)]);
    }
    this.desk = new Enrolment(this.#parts, []);
  }

  get #parts() {
    return { store: this.store, book: this.book, clock: this.clock };
  }

  /** A desk that goes on with what is stored, as after a restart. */
  restarted(): Enrolment {
    return new Enrolment(this.#parts, this.store.loadTrust().tokens);
  }

  /** The text of a new token. */
  token(wish: Partial<TokenWish> = {}): string {
    const outcome = this.desk.create({
      ttlMs: HOUR_MS,
      usesMax: 1,
      endpointAllow: [],
      createdBy: "ops",
      ...wish,
    });
    assert.equal(outcome.kind, "made");
    return outcome.kind === "made" ? outcome.secret : "";
  }

  enrol(backendId: string, ask: Partial<EnrolmentAsk> = {}): EnrolmentOutcome {
    return this.desk.enrol({
      backendId,
      token: "",
      credential: undefined,
      shownKey: "",
      isRegistered: () => false,
      ...ask,
    });
  }

  /** The credential that a token buys. */
  credential(backendId: string, ask: Partial<EnrolmentAsk> = {}): string {
    const token = ask.token ?? this.token();
    const outcome = this.enrol(backendId, { ...ask, token });
    assert.equal(outcome.kind, "enrolled");
    return outcome.kind === "enrolled" ? outcome.credential : "";
  }

  /** The code of a refusal, or that there was none. */
  code(backendId: string, ask: Partial<EnrolmentAsk>): string {
    const outcome = this.enrol(backendId, ask);
    return outcome.kind === "refused" ? outcome.code : outcome.kind;
  }

  /** Takes a credential back. */
  revoke(backendId: string): void {
    const stored = this.book.storedKey(`agent:${backendId}`);
    assert.ok(stored !== undefined);
    this.book.put({ ...stored, revokedMs: this.clock.wallMs() });
  }
}

function key(
  name: string,
  text: string,
  scopes: readonly ["route"] | undefined,
) {
  return { principal: { ...NOBODY, name, scopes }, hash: keyHash(text) };
}

Deno.test("a token buys a credential that speaks for one backend, and only hashes are stored", () => {
  const home = new Home();
  const token = home.token({ endpointAllow: ["203.0.113.0/24"] });
  assert.match(token, /^opsen_token_[\w-]{43}$/);
  const credential = home.credential("a", { token });
  assert.match(credential, /^opsen_agent_[\w-]{43}$/);
  const finding = home.book.find(credential);
  assert.ok(finding.kind === "known");
  const { name, scopes, backendId, endpointAllow } = finding.principal;
  assert.deepEqual({ name, scopes, backendId, endpointAllow }, {
    name: "agent:a",
    scopes: ["agent"],
    backendId: "a",
    endpointAllow: ["203.0.113.0/24"],
  });
  const stored = home.store.loadTrust();
  assert.equal(stored.keys[0]?.hash, keyHash(credential));
  assert.equal(stored.keys[0]?.createdBy, `token ${stored.tokens[0]?.id}`);
  assert.equal(stored.tokens[0]?.uses, 1);
  const text = JSON.stringify(stored);
  assert.ok(!text.includes(token) && !text.includes(credential));
});

Deno.test("a token that is not good says why, and one that is none says nothing", () => {
  const home = new Home();
  const usedUp = home.token();
  home.credential("a", { token: usedUp });
  const expired = home.token();
  home.clock.advance(HOUR_MS);
  const revoked = home.token();
  void home.desk.revoke(home.desk.tokens().at(-1)?.id ?? "");
  const codes = [usedUp, expired, revoked, newKey("token"), ""].map((token) =>
    home.code("b", { token })
  );
  assert.deepEqual(codes, [
    // It is too old as well by now, which is what can be seen from outside.
    "enrol_token_expired",
    "enrol_token_expired",
    "enrol_token_revoked",
    "wrong_enrol_token",
    "wrong_enrol_token",
  ]);
  const good = home.token();
  home.credential("c", { token: good });
  assert.equal(home.code("b", { token: good }), "enrol_token_used_up");
  assert.equal(home.book.storedKey("agent:b"), undefined);
  const unknown = home.enrol("a", { token: newKey("token") });
  assert.ok(unknown.kind === "refused");
  assert.equal(unknown.detail, "Invalid enrolment token");
});

Deno.test("a token is good until the instant at which it expires, on the wall clock", () => {
  const home = new Home();
  const token = home.token({ usesMax: 2 });
  home.clock.advance(HOUR_MS - 1);
  home.credential("a", { token });
  home.clock.advance(1);
  assert.equal(home.code("b", { token }), "enrol_token_expired");
});

Deno.test("no order of enrolments, restarts and repetitions lets more machines in than a token is for", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(
        fc.record({
          id: fc.integer({ min: 0, max: 9 }),
          restarts: fc.boolean(),
        }),
        { maxLength: 30 },
      ),
      (usesMax, attempts) => {
        const home = new Home();
        const token = home.token({ usesMax });
        let desk = home.desk;
        for (const { id, restarts } of attempts) {
          if (restarts) desk = home.restarted();
          desk.enrol({
            backendId: `m-${id}`,
            token,
            credential: undefined,
            shownKey: "",
            isRegistered: () => false,
          });
        }
        const distinct = new Set(attempts.map(({ id }) => id)).size;
        const { keys, tokens } = home.store.loadTrust();
        assert.equal(keys.length, Math.min(usesMax, distinct));
        assert.equal(tokens[0]?.uses, keys.length);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("an id that has a credential is given to nobody else, and anew to who shows it", () => {
  const home = new Home();
  const first = home.credential("a");
  const other = home.credential("b");
  for (const shownKey of ["", "shared", other, newKey("agent")]) {
    const outcome = home.enrol("a", { token: home.token(), shownKey });
    assert.ok(outcome.kind === "refused", shownKey);
    assert.equal(outcome.code, "already_enrolled");
    assert.match(outcome.detail, /opsen keys restore agent:a/);
  }
  assert.equal(home.book.find(first).kind, "known");
  const second = home.credential("a", { shownKey: first });
  assert.equal(home.book.find(first).kind, "unknown");
  assert.equal(home.book.find(second).kind, "known");
});

Deno.test("a machine that got no answer asks again with its credential, which is no use of the token", () => {
  const home = new Home();
  const token = home.token();
  const credential = newKey("agent");
  assert.equal(home.credential("a", { token, credential }), credential);
  home.clock.advance(2 * HOUR_MS);
  assert.equal(home.credential("a", { token, credential }), credential);
  assert.equal(home.store.loadTrust().tokens[0]?.uses, 1);
  // Nobody else has it by repeating what he saw of the token.
  assert.equal(
    home.code("a", { token, credential: newKey("agent") }),
    "enrol_token_expired",
  );
  assert.equal(home.code("b", { token, credential }), "enrol_token_expired");
});

Deno.test("a credential that is a key already is taken by nobody, so that its owner keeps it", () => {
  const home = new Home();
  const credential = home.credential("a");
  const ask = { token: home.token(), credential };
  assert.equal(home.code("b", ask), "credential_in_use");
  const finding = home.book.find(credential);
  assert.equal(finding.kind === "known" && finding.principal.backendId, "a");
});

Deno.test("a backend whose credential was taken back is not let in by a token, its old credential or the shared key", () => {
  const home = new Home();
  const credential = home.credential("a");
  home.revoke("a");
  for (
    const ask of [
      { token: home.token() },
      { token: home.token(), shownKey: "shared" },
      { token: home.token(), shownKey: credential, credential },
    ]
  ) assert.equal(home.code("a", ask), "backend_revoked");
  assert.equal(home.code("a", { token: "", credential }), "wrong_enrol_token");
  home.book.remove("agent:a");
  home.credential("a");
});

Deno.test("an id that a machine speaks under now is given only to who shows a key that may speak for it", () => {
  const home = new Home();
  home.book.configure([
    key("server_key", "shared", undefined),
    key("app", "routes", ["route"]),
  ]);
  const isRegistered = () => true;
  const other = home.credential("b");
  for (const shownKey of ["", "routes", "wrong", other]) {
    const ask = { token: home.token(), shownKey, isRegistered };
    assert.equal(home.code("a", ask), "id_in_use", shownKey);
  }
  home.credential("a", { shownKey: "shared", isRegistered });
});

Deno.test("where no key exists anyone may speak for any backend, so that a token is enough", () => {
  const home = new Home({ isOpen: true });
  home.credential("a", { isRegistered: () => true });
});

Deno.test("what another process made, used or took back is followed, and nothing is undone by it", () => {
  const home = new Home();
  const token = home.token({ usesMax: 2 });
  const other = home.restarted();
  home.credential("a", { token });
  const [ours] = home.desk.tokens();
  assert.ok(ours !== undefined);
  // What the other process read was older than what it knows by now.
  other.follow([ours]);
  other.follow([{ ...ours, uses: 0 }]);
  assert.equal(other.tokens()[0]?.uses, 1);
  other.follow([{ ...ours, revokedMs: 5 }]);
  other.follow([ours]);
  assert.equal(other.tokens()[0]?.revokedMs, 5);
});

Deno.test("tokens that are not good any more give way, and when all are good no more are made", () => {
  const home = new Home();
  const wish = { ttlMs: HOUR_MS, usesMax: 1, endpointAllow: [] };
  const short = { ...wish, ttlMs: 1, createdBy: "ops" };
  home.desk.create({ ...wish, createdBy: "ops" });
  home.desk.create(short);
  for (let made = 2; made < TOKENS_MAX; made++) home.token();
  assert.equal(home.desk.create(short).kind, "too_many");
  home.clock.advance(1);
  assert.equal(home.desk.create(short).kind, "made");
  assert.equal(home.desk.tokens().length, TOKENS_MAX);
  assert.equal(home.store.loadTrust().tokens.length, TOKENS_MAX);
});
