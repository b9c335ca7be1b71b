import assert from "node:assert/strict";
import { Credential } from "../../src/agent/credential.ts";
import { CredentialFile } from "../../src/agent/credential_file.ts";
import { Enrolment } from "../../src/agent/enrolment.ts";
import { FetchTransport } from "../../src/agent/fetch_transport.ts";
import { readSecret } from "../../src/agent/secret_file.ts";
import { ServerLink } from "../../src/agent/server_link.ts";
import { Session } from "../../src/agent/session.ts";
import { UncheckedTransport } from "../../src/agent/unchecked_transport.ts";
import { TemporaryTree } from "../collect/trees.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { FakeServer, type Received, type Reply } from "./fake_server.ts";
import { LeapingTime } from "./leaping_time.ts";
import { SMALL_MACHINE } from "./small_machine.ts";

const ROOM = { totalGb: 4, usedGb: 1, availableGb: 3 };
const REPORT = { coreUsagePct: [5], memory: ROOM, disk: ROOM, gpus: [] };
const CREDENTIAL = /^opsen_agent_[\w-]{43}$/;

/** What a server of a test does beside knowing the credentials that it gave. */
interface Doorkeeper {
  readonly token: string;
  /** Looked at first; undefined when nothing is to be said. */
  readonly says?: (message: Received, count: number) => Reply | undefined;
}

/** A machine with its files, from start to start. */
class Machine implements Disposable {
  readonly files = new TemporaryTree();
  readonly tokenPath = `${this.files.root}/token`;
  /** Keys that the server takes. */
  readonly known = new Set<string>();
  readonly given: { serverKey: string; hasToken: boolean };

  constructor(given: { serverKey?: string; hasToken?: boolean } = {}) {
    this.given = { serverKey: "", hasToken: true, ...given };
    this.files.write("token", "the-token\n");
  }

  /** The one credential file, as its JSON. */
  get kept(): Record<string, unknown> | undefined {
    const state = `${this.files.root}/state`;
    try {
      const [entry] = [...Deno.readDirSync(state)];
      return entry &&
        JSON.parse(Deno.readTextFileSync(`${state}/${entry.name}`));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Runs the client until a server on this URL, or a new one, got so many messages. */
  async run(
    { token, says }: Doorkeeper,
    messages: number,
    { isTls = false } = {},
  ) {
    const time = new LeapingTime();
    const logger = new FakeLogger();
    const controller = new AbortController();
    const seconds: number[] = [];
    const reply = (message: Received): Reply => {
      seconds.push(Math.round(time.monotonicMs() / 1000));
      const said = says?.(message, seconds.length);
      if (said !== undefined) return said;
      const { path, headers, body } = message;
      if (path === "/_opsen/enrol") {
        if (body["token"] !== token) return problem(403, "wrong_enrol_token");
        this.known.add(String(body["credential"]));
        return Response.json({ client_id: body["client_id"] });
      }
      const key = headers.get("x-api-key");
      if (key === null) return problem(401, "missing_key");
      return this.known.has(key) ? 200 : problem(403, "wrong_key");
    };
    await using server = new FakeServer(
      reply,
      isTls ? selfSigned() : undefined,
    );
    time.onWait(() => {
      if (seconds.length >= messages) controller.abort();
    });
    const credential = new Credential({
      // The server of the next run has another port, and is the same one.
      file: await CredentialFile.of({
        folders: ["/dev/null/none", `${this.files.root}/state`],
        clientId: "c-1",
        serverUrl: "http://opsen.test",
      }),
      serverKey: this.given.serverKey,
      logger,
    });
    const options = { serverUrl: server.url, serverKey: () => credential.key };
    using transport = isTls
      ? new UncheckedTransport(options)
      : new FetchTransport(options);
    const random = new FixedRandom(0.5);
    const link = new ServerLink({
      ...{ transport, serverUrl: server.url, clock: time, random, logger },
    });
    const session = new Session({
      link,
      enrolment: new Enrolment({
        clientId: "c-1",
        credential,
        readToken: this.given.hasToken
          ? () => readSecret("enrol_token_file", this.tokenPath)
          : undefined,
        link,
        clock: time,
        logger,
      }),
      describe: () => Promise.resolve(SMALL_MACHINE),
      isOutdated: () => false,
      instance: "i-1",
      isDraining: () => false,
      onSaid: () => {},
      report: () => ({ kind: "ready", report: REPORT }),
      reportIntervalMs: 60_000,
      reregisterMs: 600_000,
      clock: time,
      random,
      sleep: time.sleep,
      logger,
    });
    await session.run(controller.signal);
    const keys = server.received.map(({ headers }) => headers.get("x-api-key"));
    return {
      paths: server.paths,
      keys,
      seconds,
      received: server.received,
      warnings: logger.messages("warn"),
      lines: JSON.stringify(logger.lines),
    };
  }

  [Symbol.dispose](): void {
    this.files[Symbol.dispose]();
  }
}

const GOOD: Doorkeeper = { token: "the-token" };
const ENROL = "/_opsen/enrol";

function problem(status: number, code: string): Response {
  return Response.json({ code, detail: `because ${code}` }, { status });
}

function selfSigned() {
  const [cert, key] = ["cert.pem", "key.pem"].map((name) =>
    Deno.readTextFileSync(
      new URL(`../fixtures/self_signed/${name}`, import.meta.url),
    )
  );
  return { cert: cert ?? "", key: key ?? "" };
}

for (const isTls of [false, true]) {
  Deno.test(`a client trades its token for a credential and sends that from then on, over ${isTls ? "unchecked TLS" : "fetch"}`, async () => {
    using machine = new Machine({ serverKey: "shared" });
    const run = await machine.run(GOOD, 4, { isTls });
    assert.deepEqual(run.paths, [ENROL, "/register", "/stats", "/stats"]);
    const credential = String(run.received[0]?.body["credential"]);
    assert.match(credential, CREDENTIAL);
    assert.deepEqual(run.keys, [
      "shared",
      ...Array(3).fill(credential),
    ]);
    assert.deepEqual(run.warnings, []);
    assert.ok(!run.lines.includes(credential));
    assert.ok(!run.lines.includes("the-token"));
  });
}

Deno.test("a credential is kept for the next start, which needs no token, and only its user may read it", async () => {
  using machine = new Machine();
  const first = await machine.run(GOOD, 2);
  const state = `${machine.files.root}/state`;
  const [entry] = [...Deno.readDirSync(state)];
  const { mode } = Deno.statSync(`${state}/${entry?.name}`);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  machine.files.remove("token");
  const second = await machine.run(GOOD, 2);
  assert.deepEqual(second.paths, ["/register", "/stats"]);
  assert.deepEqual(second.keys, [first.keys[1], first.keys[1]]);
  assert.deepEqual(second.warnings, []);
});

Deno.test("an enrolment without an answer is asked for again with the same credential, also after a restart", async () => {
  using machine = new Machine();
  const lost = await machine.run({ ...GOOD, says: () => 503 }, 3);
  assert.deepEqual(new Set(lost.paths), new Set([ENROL]));
  const asked = new Set(lost.received.map(({ body }) => body["credential"]));
  assert.equal(asked.size, 1);
  assert.equal(machine.kept?.["credential"], undefined);
  const next = await machine.run(GOOD, 2);
  assert.deepEqual(next.paths, [ENROL, "/register", "/stats"]);
  assert.deepEqual(next.received[0]?.body["credential"], [...asked][0]);
  assert.equal(machine.kept?.["credential"], [...asked][0]);
});

Deno.test("a server that does not know the credential any more gives a new one, after one refusal", async () => {
  using machine = new Machine();
  await machine.run(GOOD, 2);
  const before = machine.kept?.["credential"];
  machine.known.clear();
  const { paths, seconds, warnings } = await machine.run(GOOD, 4);
  assert.deepEqual(paths, ["/register", ENROL, "/register", "/stats"]);
  assert.ok(Number(seconds.at(-1)) <= 2, seconds.join());
  // The old one may be what somebody stole.
  assert.notEqual(machine.kept?.["credential"], before);
  assert.ok(
    warnings.includes("The server does not know this client's credential"),
  );
});

Deno.test("also one that lost it while the client reports", async () => {
  using machine = new Machine();
  const { paths } = await machine.run({
    ...GOOD,
    says: (_, count) => {
      if (count === 4) machine.known.clear();
      return undefined;
    },
  }, 7);
  assert.deepEqual(paths, [
    ...[ENROL, "/register", "/stats", "/stats"],
    ...[ENROL, "/register", "/stats"],
  ]);
});

Deno.test("a server that could not read its database for a while finds every client with its old credential", async () => {
  using machine = new Machine();
  await machine.run(GOOD, 2);
  const before = machine.kept?.["credential"];
  const { paths, keys, seconds } = await machine.run({
    // The token is spent by now, and the server does not know even that.
    token: "another-token",
    says: ({ path }, count) =>
      path !== ENROL && count < 12 ? problem(403, "wrong_key") : undefined,
  }, 15);
  assert.ok(paths.includes(ENROL));
  assert.equal(paths.at(-1), "/stats");
  assert.equal(keys.at(-1), before);
  assert.equal(machine.kept?.["credential"], before);
  assert.ok(seconds.length > 12);
});

Deno.test("a server that gives credentials and knows none is not asked for one more than once a minute", async () => {
  using machine = new Machine();
  const { paths, seconds } = await machine.run({
    ...GOOD,
    says: ({ path }) =>
      path === "/register" ? problem(403, "wrong_key") : undefined,
  }, 40);
  const enrolments = seconds.filter((_, index) => paths[index] === ENROL);
  const gaps = enrolments.slice(1).map((at, index) =>
    at - Number(enrolments[index])
  );
  assert.ok(gaps.length > 0 && Math.min(...gaps) >= 59, gaps.join());
});

for (const code of ["key_revoked", "backend_revoked"]) {
  Deno.test(`a client that was taken out (${code}) says so once, asks slowly, and never enrols by itself`, async () => {
    using machine = new Machine({ serverKey: "shared" });
    await machine.run(GOOD, 2);
    const { paths, seconds, warnings, keys } = await machine.run({
      ...GOOD,
      says: () => problem(403, code),
    }, 12);
    assert.deepEqual(new Set(paths), new Set(["/register"]));
    assert.equal(new Set(keys).size, 1);
    assert.notEqual(keys[0], "shared");
    for (const [index, at] of seconds.slice(1).entries()) {
      assert.ok(at - Number(seconds[index]) >= 30, seconds.join());
    }
    const refusals = warnings.filter((line) => line.startsWith("Cannot"));
    assert.equal(refusals.length, 1, refusals.join());
    assert.match(refusals[0] ?? "", /opsen keys/);
  });
}

Deno.test("without a shared key a refused token is asked with again, slowly, and another one in the file is taken", async () => {
  using machine = new Machine();
  const { paths, seconds, warnings } = await machine.run({
    token: "another-token",
    says: (_, count) => {
      if (count === 3) machine.files.write("token", "another-token");
      return undefined;
    },
  }, 5);
  assert.deepEqual(paths.slice(0, 5), [
    ENROL,
    ENROL,
    ENROL,
    ENROL,
    "/register",
  ]);
  assert.ok(Number(seconds[1]) >= 30);
  const [refusal = ""] = warnings.filter((line) => /enrol/.test(line));
  assert.match(refusal, /"because wrong_enrol_token"/);
  assert.match(refusal, /opsen token create/);
});

Deno.test("with a shared key a refused token takes no machine down, and is not tried again until it is another", async () => {
  using machine = new Machine({ serverKey: "shared" });
  machine.known.add("shared");
  const { paths, keys, warnings } = await machine.run({
    token: "another-token",
    says: (_, count) => {
      if (count === 30) machine.files.write("token", "another-token");
      return undefined;
    },
  }, 50);
  assert.deepEqual(paths.slice(0, 3), [ENROL, "/register", "/stats"]);
  const enrolments = paths.flatMap((path, index) =>
    path === ENROL ? [index] : []
  );
  assert.equal(enrolments.length, 2);
  assert.ok(Number(enrolments[1]) >= 30);
  assert.match(keys.at(-1) ?? "", CREDENTIAL);
  assert.equal(
    warnings.filter((line) => /wrong_enrol_token/.test(line)).length,
    1,
  );
});

Deno.test("a token that can't be read is said once, with the key and the path", async () => {
  using machine = new Machine({ serverKey: "shared" });
  machine.known.add("shared");
  machine.files.remove("token");
  const { paths, warnings } = await machine.run(GOOD, 30);
  assert.ok(!paths.includes(ENROL));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /Cannot read enrol_token_file ".*\/token"/);
});

Deno.test("a credential that no folder can keep is not asked for", async () => {
  using machine = new Machine({ serverKey: "shared" });
  machine.known.add("shared");
  machine.files.write("state", "a file where the folder would be");
  const { paths, warnings } = await machine.run(GOOD, 3);
  assert.ok(!paths.includes(ENROL));
  assert.match(warnings[0] ?? "", /set "state_dir"/);
});

Deno.test("a client whose token file was taken out of its configuration goes on with its credential", async () => {
  using machine = new Machine({ serverKey: "shared" });
  await machine.run(GOOD, 2);
  machine.given.hasToken = false;
  const { keys } = await machine.run(GOOD, 2);
  assert.match(keys[0] ?? "", CREDENTIAL);
  // The server lost it, and the shared key is what is left.
  machine.known.clear();
  machine.known.add("shared");
  const lost = await machine.run(GOOD, 3);
  assert.deepEqual(lost.paths, ["/register", "/register", "/stats"]);
  assert.deepEqual(lost.keys.slice(1), ["shared", "shared"]);
});

Deno.test("a server that is older than enrolment is used with the shared key", async () => {
  using machine = new Machine({ serverKey: "shared" });
  machine.known.add("shared");
  const { paths } = await machine.run({
    ...GOOD,
    says: ({ path }) => path === ENROL ? 404 : undefined,
  }, 3);
  assert.deepEqual(paths, [ENROL, "/register", "/stats"]);
});
