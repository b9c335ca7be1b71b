import assert from "node:assert/strict";
import { freePort } from "../free_port.ts";
import { FakeServer, refusal } from "./fake_server.ts";
import { opsen, type Ran } from "./fake_shell.ts";

/** A home with contexts in it; a script or nothing stands in contexts.yml. */
class ContextHome implements Disposable {
  readonly folder = Deno.makeTempDirSync();
  readonly file = `${this.folder}/opsen/contexts.yml`;

  constructor(text?: string, mode = 0o600) {
    if (text === undefined) return;
    Deno.mkdirSync(`${this.folder}/opsen`);
    Deno.writeTextFileSync(this.file, text, { mode });
  }

  put(name: string, text: string): string {
    const path = `${this.folder}/${name}`;
    Deno.writeTextFileSync(path, text);
    return path;
  }

  run(args: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return opsen(args.split(" "), { XDG_CONFIG_HOME: this.folder, ...env });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function keysShownTo({ asked }: FakeServer): (string | null)[] {
  return asked.map(({ headers }) => headers.get("x-api-key"));
}

Deno.test("contexts are added, listed, chosen, shown and removed, and the file is for its owner alone", async () => {
  using home = new ContextHome();
  const key = home.put("key", "hush\n");
  const none = await home.run("context");
  assert.match(none.out, /^No contexts: /);
  const added = await home.run(
    `context add prod --server https://opsen.example --api-key-file ${key}`,
  );
  assert.deepEqual(added, {
    code: 0,
    out: "Added prod, which is used from now on\n",
    err: "",
  });
  assert.equal(Deno.statSync(home.file).mode! & 0o777, 0o600);
  await home.run("context add lab --server http://127.0.0.1:1");
  assert.equal((await home.run("context use lab")).out, "Using lab\n");
  const { out } = await home.run("context list");
  assert.equal(
    out,
    `   NAME  SERVER                 KEY
   prod  https://opsen.example  ${key}
*  lab   http://127.0.0.1:1     -
`,
  );
  assert.equal((await home.run("context list --names")).out, "prod\nlab\n");
  const shown = JSON.parse((await home.run("context show prod --json")).out);
  assert.equal(shown.api_key_file, key);
  assert.match((await home.run("context remove lab")).out, /none is in use/);
  const json = JSON.parse((await home.run("context list --json")).out);
  assert.deepEqual([json.current, json.contexts.length], [null, 1]);
  const left = [...Deno.readDirSync(`${home.folder}/opsen`)];
  assert.deepEqual(left.map(({ name }) => name), ["contexts.yml"]);
});

Deno.test("what stands around a change in the file stays", async () => {
  using home = new ContextHome(
    "# mine\ncontexts:\n  a: # first\n    server: http://127.0.0.1:1\n",
  );
  await home.run("context add b --server http://127.0.0.1:2");
  const text = Deno.readTextFileSync(home.file);
  assert.match(text, /^# mine\n/);
  assert.match(text, /# first/);
  assert.match(text, /b:\n {4}server: http:\/\/127\.0\.0\.1:2\n/);
});

Deno.test("a file that a person began is completed, also where it names contexts by numbers", async () => {
  for (const text of ["", "---\n", "contexts:\n", "contexts: ~ # none\n"]) {
    using home = new ContextHome(text);
    const added = await home.run("context add a --server http://127.0.0.1:1");
    assert.deepEqual([added.code, added.err], [0, ""], JSON.stringify(text));
    assert.equal((await home.run("context list --names")).out, "a\n");
  }
  using home = new ContextHome(
    "contexts:\n  1: {server: http://127.0.0.1:1}\n  2: {server: http://127.0.0.1:2}\n",
  );
  await home.run("context add 1 --server http://127.0.0.1:3");
  const shown = await home.run("context show 1 --json");
  assert.equal(JSON.parse(shown.out).server, "http://127.0.0.1:3");
  await home.run("context remove 2");
  assert.equal((await home.run("context list --names")).out, "1\n");
});

Deno.test("what a file says wrong is told with its line and column, and nothing is asked", async () => {
  await using server = new FakeServer([]);
  const cases = [
    ["contexts:\n  a:\n    sever: x\n", /:3:5 contexts\.a\.sever: found an/],
    ["contexts:\n  a:\n    server: ftp://x\n", /:3:13 contexts\.a\.server/],
    ["contexts:\n  a b:\n    server: http://x\n", /:2:3 contexts: found "a b"/],
    ["contexts:\n  a:\n", /:2:3 contexts\.a\.server: found nothing/],
    [
      "contexts:\n  a: {server: http://me:hush@x}\n",
      /:2:3 contexts\.a\.server: found a name or password/,
    ],
    ["current: b\n", /:1:10 current: found "b", wanted nothing/],
    ["contexts: 3\n", /:1:11 contexts: found a number/],
    ["contexts:\n  a: [\n", /contexts\.yml:\d+:\d+/],
    [
      "contexts:\n  a: {server: http://x, api_key: hush, api_key_file: k}\n",
      /both "api_key" and "api_key_file"/,
    ],
    [
      'contexts:\n  a: {server: http://x, api_key: "hu\\tsh"}\n',
      /a text that is not shown here/,
    ],
  ] as const;
  for (const [text, words] of cases) {
    using home = new ContextHome(text);
    for (const command of ["clients", "context"]) {
      const ran = await home.run(command, { OPSEN_SERVER_URL: server.url });
      assert.deepEqual([ran.code, ran.out], [64, ""], text);
      assert.match(ran.err, words);
      assert.doesNotMatch(ran.err, /hu.{0,2}sh/);
    }
  }
  assert.deepEqual(server.asked, []);
});

Deno.test("a file that others can read is worth a word", async () => {
  const text = "contexts:\n  a: {server: http://127.0.0.1:1}\n";
  using open = new ContextHome(text);
  Deno.chmodSync(open.file, 0o644);
  assert.match((await open.run("context")).err, /^Warning: others can read/);
  using closed = new ContextHome(text);
  assert.equal((await closed.run("context")).err, "");
});

Deno.test("a flag, a variable, the context and the default are asked in this order", async () => {
  await using one = new FakeServer([]);
  await using two = new FakeServer([]);
  await using three = new FakeServer([]);
  using home = new ContextHome(
    `current: one
contexts:
  one: {server: "${one.url}", api_key: hush-1}
  two: {server: "${two.url}/", api_key: hush-2}
`,
  );
  const elsewhere = { OPSEN_SERVER_URL: three.url };
  const asks = [
    ["clients", {}, one, "hush-1"],
    ["clients --context two", {}, two, "hush-2"],
    ["clients", { OPSEN_CONTEXT: "two" }, two, "hush-2"],
    ["clients --context one", { OPSEN_CONTEXT: "two" }, one, "hush-1"],
    ["clients --context two", elsewhere, two, "hush-2"],
    ["clients", elsewhere, three, null],
    ["clients", { ...elsewhere, OPSEN_CONTEXT: "two" }, three, null],
    [`clients --server ${three.url}`, {}, three, null],
    [`clients --server ${three.url} --context two`, {}, three, null],
    [`clients --server ${two.url}`, { OPSEN_CONTEXT: "two" }, two, "hush-2"],
    ["clients", { OPSEN_API_KEY: "own" }, one, "own"],
    ["clients --context two", { OPSEN_API_KEY: "own" }, two, "hush-2"],
    ["clients --api-key flag --context two", {}, two, "flag"],
  ] as const;
  for (const [args, env, asked, key] of asks) {
    const before = [one, two, three].map((server) => server.asked.length);
    const ran = await home.run(args, env);
    assert.deepEqual([ran.code, ran.err], [0, ""], args);
    const heard = [one, two, three].filter((server, i) =>
      server.asked.length > (before[i] ?? 0)
    );
    assert.deepEqual(heard, [asked], args);
    assert.equal(keysShownTo(asked).at(-1), key, args);
  }
});

Deno.test("the key of a context stays with its server, and that is said when the other one refuses", async () => {
  await using other = new FakeServer(
    refusal("missing_key", "API key required"),
    401,
  );
  using home = new ContextHome(
    `current: prod
contexts:
  prod: {server: "https://opsen.example", api_key: hush, ca_file: /absent}
`,
  );
  const ran = await home.run("leases", { OPSEN_SERVER_URL: other.url });
  assert.deepEqual(keysShownTo(other), [null]);
  assert.equal(ran.code, 1);
  assert.match(
    ran.err,
    /^API key required\nNo key was sent\. The key of context "prod" stays with its server https:\/\/opsen\.example: set OPSEN_API_KEY; "opsen keys create NAME/,
  );
});

Deno.test("a key comes from its file, and one that can't be used is told before anything is asked", async () => {
  await using server = new FakeServer([]);
  using home = new ContextHome(
    `contexts:\n  a: {server: "${server.url}", api_key_file: ../key}\n`,
  );
  const missing = await home.run("clients --context a");
  assert.equal(missing.code, 64);
  assert.match(missing.err, /Cannot read api_key_file ".*key" of context "a"/);
  assert.deepEqual(server.asked, []);
  home.put("key", "hush\n");
  assert.equal((await home.run("clients --context a")).code, 0);
  assert.deepEqual(keysShownTo(server), ["hush"]);
});

Deno.test("an unknown context is refused with those that there are", async () => {
  using home = new ContextHome(
    "contexts:\n  prod: {server: http://127.0.0.1:1}\n",
  );
  const cases = [
    ["clients --context prdo", {}, /^--context: found "prdo".*mean "prod"/],
    ["clients", { OPSEN_CONTEXT: "x" }, /^OPSEN_CONTEXT: .*one of prod/],
    ["context use x", {}, /^context: found "x", wanted one of prod/],
    ["context show", {}, /^No context is in use/],
    ["context add ../x --server http://x", {}, /^name: found/],
    ["context add x --server ftp://x", {}, /^--server: wanted an http/],
  ] as const;
  for (const [args, env, words] of cases) {
    const ran = await home.run(args, env);
    assert.deepEqual([ran.code, ran.out], [64, ""], args);
    assert.match(ran.err, words);
  }
});

Deno.test("who named the URL is said when nobody answers there", async () => {
  const url = `http://127.0.0.1:${freePort()}`;
  using home = new ContextHome(`contexts:\n  a: {server: "${url}"}\n`);
  const cases = [
    [`clients --server ${url}`, {}, /\(from --server\): connection refu/],
    ["clients", { OPSEN_SERVER_URL: url }, /\(from OPSEN_SERVER_URL/],
    ["clients --context a", {}, /\(from context "a"\).*"opsen server" starts/],
  ] as const;
  for (const [args, env, words] of cases) {
    const ran = await home.run(args, env);
    assert.deepEqual([ran.code, ran.out], [2, ""], args);
    assert.match(ran.err, words);
  }
});

Deno.test("with --json every outcome of an ask is JSON on standard output", async () => {
  await using server = new FakeServer(refusal("wrong_key", "No"), 403);
  const commands = [
    "clients",
    "leases",
    "leases release 1f",
    "sticky",
    "sticky remove s",
    "queue",
    "why",
    "audit",
    "keys",
    "token",
    "reload",
    "config history",
    "config rollback",
    "undrain a",
    "drain a",
    "stats a",
    "top --once",
  ];
  for (
    const [url, code, word] of [
      [server.url, 1, "wrong_key"],
      ["http://127.0.0.1:1", 2, "unreachable"],
    ] as const
  ) {
    for (const command of commands) {
      const env = { OPSEN_SERVER_URL: url, OPSEN_API_KEY: "k" };
      const ran = await opsen([...command.split(" "), "--json"], env);
      assert.equal(ran.code, code, `${command}: ${ran.err}`);
      assert.equal(JSON.parse(ran.out).code, word, command);
    }
  }
});
