import assert from "node:assert/strict";
import { shareBar } from "../../src/cli/share_bar.ts";
import { bytesText } from "../../src/cli/database_words.ts";
import { vacuumDatabase } from "../../src/store/vacuum_database.ts";
import {
  drain,
  lease,
  registration,
  report,
  sticky,
} from "../store/examples.ts";
import { NOW_MS } from "../store/store_contract.ts";
import { SqliteHome } from "../store/store_home.ts";
import { FakeShell, opsen } from "./fake_shell.ts";

const PAGE = 4096;

Deno.test("a database that a server uses is checked: fine, with its rows, its size and its reports", async () => {
  await using home = new SqliteHome();
  await using _store = await filled(home);
  for (const more of [[], ["--full"]]) {
    const { code, out, err } = await opsen([
      ...["db", "check", "--db", home.path],
      ...more,
    ]);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(
      out,
      /^".*opsen\.db" is fine\nsize: [\d.]+ [KM]?B?(bytes)? and [\d.]+ KB of log\nschema: version 6\nrows: clients 3, stats 3, sticky_assignments 1, leases 1, drains 1, decisions 0, api_keys 0, enrol_tokens 0, audit 0\nreports: from 2025-12-31 23:59:59.000\+00:00 to 2026-01-01 00:00:00.000\+00:00\n$/,
    );
  }
  const { out } = await opsen(["db", "check", "--json", "--db", home.path]);
  const facts = JSON.parse(out);
  assert.equal(facts.verdict, "fine");
  assert.deepEqual(facts.rows.clients, 3);
  assert.equal(facts.bytes, Deno.statSync(home.path).size);
});

Deno.test("rows that belong to no backend are findings, and so is a newer schema", async () => {
  await using home = new SqliteHome();
  await (await filled(home))[Symbol.asyncDispose]();
  home.run(`DELETE FROM clients WHERE client_id = 'b1';
    INSERT INTO drains VALUES ('gone', '["operator"]', 0, NULL)`);
  const { code, out } = await opsen(["db", "check", "--db", home.path]);
  assert.equal(code, 1);
  for (
    const [count, name] of [
      [1, "reports"],
      [1, "sticky assignments"],
      [1, "leases"],
      [1, "drains"],
    ] as const
  ) {
    assert.ok(out.includes(`finding: ${count} ${name} belong to no backend\n`));
  }
  home.run("PRAGMA user_version = 77");
  const newer = await opsen(["db", "check", "--db", home.path]);
  assert.match(newer.out, /finding: its schema has version 77/);
});

Deno.test("a damaged database has an exit code of its own, and looking at it changes nothing", async () => {
  await using home = new SqliteHome();
  await (await filled(home))[Symbol.asyncDispose]();
  const whole = Deno.readFileSync(home.path);
  const inside = whole.slice();
  inside.fill(0x5a, PAGE * 3);
  const headless = whole.slice(0, 60);
  for (const bytes of [inside, headless]) {
    Deno.writeFileSync(home.path, bytes);
    const { code, out } = await opsen(["db", "check", "--db", home.path]);
    assert.equal(code, 65);
    assert.match(out, /is damaged; .*\ndamage: /);
    assert.deepEqual(Deno.readFileSync(home.path), bytes);
    assert.deepEqual(filesOf(home), ["opsen.db"]);
  }
});

Deno.test("what is no database of ours is refused by its path", async () => {
  await using home = new SqliteHome();
  const text = `${home.folder}/server.yml`;
  Deno.writeTextFileSync(text, "port: 8080\n");
  const mails = `${home.folder}/mails.db`;
  await using other = new SqliteHome();
  other.run("CREATE TABLE mails (body TEXT)");
  Deno.copyFileSync(other.path, mails);
  const missing = `${home.folder}/missing.db`;
  const before = filesOf(home);
  for (const path of [text, mails, missing, home.folder, `${text}/x.db`]) {
    for (
      const words of [
        ["check"],
        ["vacuum"],
        ...(path === mails ? [] : [["backup", `${home.folder}/copy`]]),
      ]
    ) {
      const { code, out, err } = await opsen(["db", ...words, "--db", path]);
      assert.deepEqual([code, out], [74, ""], `${words} ${path}`);
      assert.match(err, /^Cannot [^\n]+\n$/);
      assert.ok(err.includes(`"${path}"`), err);
    }
  }
  assert.deepEqual(filesOf(home), before);
});

Deno.test("the configuration names the database when no flag does", async () => {
  await using home = new SqliteHome();
  await (await filled(home))[Symbol.asyncDispose]();
  const config = `${home.folder}/server.yml`;
  Deno.writeTextFileSync(config, `database: ${home.path}\n`);
  const said = await opsen(["db", "check", "--config", config]);
  assert.equal(said.code, 0);
  const variable = await opsen(["db", "check"], { OPSEN_DATABASE: home.path });
  assert.equal(variable.code, 0);
  Deno.writeTextFileSync(config, "database: 7\nprot: 1\n");
  const wrong = await opsen(["db", "check", "--config", config]);
  assert.equal(wrong.code, 64);
  assert.match(wrong.err, /prot/);
});

Deno.test("a backup beside a server that writes is whole, its owner's alone, and replaces nothing unless told to", async () => {
  await using home = new SqliteHome();
  await using store = await filled(home);
  const copy = `${home.folder}/copy.db`;
  const writing = (async () => {
    for (let i = 0; i < 50; i++) await store.saveLease(lease(100 + i, "b0"));
  })();
  const args = ["db", "backup", copy, "--db", home.path];
  const first = await opsen(args);
  await writing;
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /is copied to ".*copy\.db": .*, whole\n/);
  assert.equal((Deno.statSync(copy).mode ?? 0) & 0o777, 0o600);
  assert.equal((await opsen(["db", "check", "--db", copy])).code, 0);

  const again = await opsen(args);
  assert.equal(again.code, 74);
  assert.match(
    again.err,
    /found a file there, wanted a new name or --force\n$/,
  );
  await store.flush();
  assert.equal((await opsen([...args, "--force"])).code, 0);
  await using restored = home.open({ path: copy });
  assert.equal(restored.load().leases.length, 51);

  const itself = ["db", "backup", home.path, "--force", "--db", home.path];
  assert.match((await opsen(itself)).err, /to itself/);
  Deno.writeTextFileSync(`${home.folder}/other-wal`, "x");
  const beside = ["db", "backup", `${home.folder}/other`, "--db", home.path];
  assert.match((await opsen(beside)).err, /other-wal" beside it/);
  assert.ok(!filesOf(home).some((name) => name.includes("unfinished")));
});

Deno.test("a backup of a damaged database fails and leaves nothing behind", async () => {
  await using home = new SqliteHome();
  await (await filled(home))[Symbol.asyncDispose]();
  const [stats] = home.rows("SELECT pageno FROM dbstat WHERE name = 'stats'");
  const bytes = Deno.readFileSync(home.path);
  const at = PAGE * (Number(stats?.pageno) - 1);
  bytes.fill(0x5a, at, at + PAGE);
  Deno.writeFileSync(home.path, bytes);
  const copy = `${home.folder}/copy.db`;
  const { code, err } = await opsen(["db", "backup", copy, "--db", home.path]);
  assert.equal(code, 74);
  assert.match(err, /the copy is damaged/);
  assert.deepEqual(filesOf(home), ["opsen.db"]);
});

Deno.test("vacuuming beside a server gives room back, and the server writes on", async () => {
  await using home = new SqliteHome();
  await using store = await filled(home);
  for (let i = 0; i < 3000; i++) store.saveReport("b0", report(), NOW_MS - i);
  await store.flush();
  home.run("DELETE FROM stats");
  const before = Deno.statSync(home.path).size;
  const { code, out } = await opsen(["db", "vacuum", "--db", home.path]);
  assert.equal(code, 0);
  assert.match(out, /had [\d.]+ MB and has [\d.]+ KB now\n$/);
  assert.ok(Deno.statSync(home.path).size < before / 4);
  assert.equal(await store.saveLease(lease(9, "b0")), "durable");
  assert.equal(store.load().backends.length, 3);
});

Deno.test("vacuuming is refused without room, and when another process holds on to its lock", async () => {
  await using home = new SqliteHome();
  await (await filled(home))[Symbol.asyncDispose]();
  const { size } = Deno.statSync(home.path);
  assert.throws(
    () => vacuumDatabase(home.path, () => size),
    {
      message:
        `Cannot vacuum "${home.path}": found ${size} bytes free on its disk, wanted ${
          2 * size
        }`,
    },
  );
  using other = home.connect();
  other.exec("BEGIN IMMEDIATE");
  assert.throws(
    () => vacuumDatabase(home.path, undefined, 20),
    /another process holds its lock for more than 0.02 s/,
  );
});

Deno.test("progress moves on a terminal, and is a few lines elsewhere", () => {
  const shown = (isTerminal: boolean) => {
    const shell = new FakeShell();
    const bar = shareBar(shell, isTerminal);
    for (const share of [0.1, 0.3, 0.31, 0.9, 1]) bar.show(share);
    bar.end();
    return shell.complained;
  };
  assert.equal(shown(false), "30 %\n90 %\n100 %\n");
  assert.match(shown(true), /\r\[###\.{27}\] 10 %.*\r\[#{30}\] 100 %\r/s);
  assert.equal(bytesText(999), "999 bytes");
  assert.equal(bytesText(12_345_678), "12.3 MB");
});

/** A store over three backends with a report each. */
async function filled(home: SqliteHome) {
  const store = home.open();
  for (const id of ["b0", "b1", "b2"]) {
    store.saveRegistration(registration(id), NOW_MS);
    store.saveReport(id, report(), NOW_MS - (id === "b0" ? 1000 : 0));
  }
  store.saveSticky(sticky("alice", "b1"));
  store.saveLease(lease(1, "b1"));
  store.saveDrain(drain("b1", { by: ["agent"] }));
  await store.flush();
  return store;
}

function filesOf(home: SqliteHome): readonly string[] {
  return [...Deno.readDirSync(home.folder)].map(({ name }) => name).sort();
}
