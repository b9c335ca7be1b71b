import assert from "node:assert/strict";
import { healthAnswer } from "../../src/wire/answers.ts";
import {
  configHistoryAnswer,
  reloadAnswer,
} from "../../src/wire/config_answer.ts";
import type {
  ConfigControl,
  ReloadOutcome,
} from "../../src/wire/reload_outcome.ts";
import { ApiHome } from "./api_home.ts";

const HASH = "0123456789abcdef".repeat(4);

function outcome(said: Partial<ReloadOutcome> = {}): ReloadOutcome {
  return {
    ...{ kind: "applied", cause: "api", version: 3, hash: HASH, atMs: 0 },
    ...{ changed: ["panic"], needsRestart: ["port"], problems: [], notes: [] },
    rolledBackTo: undefined,
    ...said,
  };
}

const JSON_OUTCOME = {
  ...{ outcome: "applied", cause: "api", version: 3, hash: HASH },
  ...{ at: "1970-01-01T00:00:00.000Z", changed: ["panic"] },
  ...{ needs_restart: ["port"], problems: [], notes: [] },
};

/** A configuration whose next outcome a test decides. */
class FakeControl implements ConfigControl {
  refusedCount = 2;
  pendingProblems: readonly string[] = [];
  next = outcome();
  readonly asks: unknown[] = [];

  current() {
    return { version: 3, hash: HASH, appliedAtMs: 0 };
  }

  reload(cause: string, isForced?: boolean) {
    this.asks.push([cause, isForced]);
    return Promise.resolve(this.next);
  }

  rollback(version?: number) {
    this.asks.push(version);
    return Promise.resolve(
      version === 9 || version === 8
        ? {
          kind: "unknown_version" as const,
          kept: version === 9 ? [1, 2] : [1],
        }
        : this.next,
    );
  }

  history() {
    return [this.next];
  }

  versions() {
    return [2, 3];
  }
}

function homeWith(control: ConfigControl, keys: readonly string[] = []) {
  return new ApiHome({
    deps: { configuration: control },
    keys,
  });
}

Deno.test("a reload is answered with what came of it, and forced only when that is asked for", async () => {
  const control = new FakeControl();
  const home = homeWith(control);
  const [status, body] = await home.post("/_opsen/config/reload", {});
  assert.deepEqual([status, body], [200, JSON_OUTCOME]);
  assert.deepEqual(reloadAnswer.parse(body), body);
  await home.post("/_opsen/config/reload", { force: true });
  const empty = await home.send("POST", "/_opsen/config/reload");
  assert.equal((await empty.json()).outcome, "applied");
  assert.deepEqual(control.asks, [["api", false], ["api", true], [
    "api",
    false,
  ]]);
  const [wrong] = await home.post("/_opsen/config/reload", { force: "yes" });
  assert.equal(wrong, 400);
});

Deno.test("a refused configuration is 422 with every problem, one that can't be applied 500 with none", async () => {
  const control = new FakeControl();
  const home = homeWith(control);
  const problems = ['server.yml:1:1 prt: found an unknown key, wanted "port"'];
  control.next = outcome({ kind: "refused", problems });
  const [status, body] = await home.post("/_opsen/config/reload", {});
  assert.deepEqual([status, body.code, body.problems], [
    422,
    "config_refused",
    problems,
  ]);
  control.next = outcome({ kind: "failed", problems: ["a slip inside"] });
  const [failed, failure] = await home.post("/_opsen/config/reload", {});
  assert.deepEqual([failed, failure.code], [500, "config_not_applied"]);
  assert.doesNotMatch(JSON.stringify(failure), /slip/);
});

Deno.test("a version comes back by its number or without one, and one that is not kept is not known", async () => {
  const control = new FakeControl();
  const home = homeWith(control);
  control.next = outcome({ cause: "rollback", rolledBackTo: 1 });
  const [status, body] = await home.post("/_opsen/config/rollback", {
    version: 1,
  });
  assert.deepEqual([status, body.rolled_back_to], [200, 1]);
  await home.send("POST", "/_opsen/config/rollback");
  assert.deepEqual(control.asks, [1, undefined]);
  const [unknown, problem] = await home.post("/_opsen/config/rollback", {
    version: 9,
  });
  assert.deepEqual([unknown, problem.code, problem.detail], [
    404,
    "unknown_version",
    "No such version: those that can be brought back are 1, 2",
  ]);
  const [, alone] = await home.post("/_opsen/config/rollback", { version: 8 });
  assert.equal(alone.detail, "No such version: none can be brought back");
  const [wrong] = await home.post("/_opsen/config/rollback", { version: 0 });
  assert.equal(wrong, 400);
});

Deno.test("the history lists outcomes and the versions that are kept", async () => {
  const [status, body] = await homeWith(new FakeControl())
    .get("/_opsen/config/history");
  assert.equal(status, 200);
  assert.deepEqual(body, {
    ...{ version: 3, hash: HASH, kept_versions: [2, 3] },
    history: [JSON_OUTCOME],
  });
  assert.deepEqual(configHistoryAnswer.parse(body), body);
});

Deno.test("all of it needs a key", async () => {
  const control = new FakeControl();
  const home = homeWith(control, ["secret"]);
  const statuses = [
    (await home.get("/_opsen/config/history"))[0],
    (await home.post("/_opsen/config/reload", {}))[0],
    (await home.post("/_opsen/config/rollback", {}))[0],
  ];
  assert.deepEqual(statuses, [401, 401, 401]);
  assert.deepEqual(control.asks, []);
});

Deno.test("health tells the configuration in force and how many were refused", async () => {
  const [, body] = await homeWith(new FakeControl()).get("/health");
  assert.deepEqual([body.config, body.refused_reloads], [{
    version: 3,
    hash: "0123456789ab",
    applied_at: "1970-01-01T00:00:00.000Z",
    is_newer_refused: false,
  }, 2]);
  assert.deepEqual(healthAnswer.parse(body), body);
});

Deno.test("health tells that a newer configuration is refused, and not what is wrong with it", async () => {
  const control = new FakeControl();
  control.pendingProblems = ["/etc/opsen/server.yml:3:1 prot: hush"];
  const [, body] = await homeWith(control).get("/health");
  const { config } = healthAnswer.parse(body);
  assert.equal(config?.is_newer_refused, true);
  assert.doesNotMatch(JSON.stringify(body), /prot|hush|etc/);
});

Deno.test("a server whose configuration can't change says so", async () => {
  const home = new ApiHome();
  const answers = [
    await home.get("/_opsen/config/history"),
    await home.post("/_opsen/config/reload", {}),
    await home.post("/_opsen/config/rollback", {}),
  ];
  for (const [status, { code }] of answers) {
    assert.deepEqual([status, code], [501, "not_reloadable"]);
  }
});
