import assert from "node:assert/strict";
import { fileFault } from "../../src/cli/geoip_fault.ts";
import { download } from "../../src/cli/geoip_download.ts";
import { freePort } from "../free_port.ts";
import { FakeShell, opsen, type Ran } from "./fake_shell.ts";
import {
  gzip,
  joined,
  membersAround,
  places,
  tarOf,
} from "./geoip_archives.ts";
import {
  GeoipHome,
  goodGoods,
  type Goods,
  goodsOf,
  KEY,
} from "./geoip_home.ts";

const ENV = { MAXMIND_LICENSE_KEY: KEY };
const NAME = "GeoLite2-City.mmdb";

/** The key must be in nothing that anyone reads, in no form that it is sent in. */
function expectNoKey({ out, err }: Pick<Ran, "out" | "err">): void {
  const forms = [KEY, encodeURIComponent(KEY), btoa(`42:${KEY}`), "secret"];
  for (const form of forms) assert.ok(!(out + err).includes(form), out + err);
}

/** Downloads what must fail, with and without an old file, which must stay as it was. */
async function expectFailure(
  home: GeoipHome,
  code: number,
  words: RegExp,
  args: readonly string[] = [],
): Promise<void> {
  const ran = await opsen([...home.args, ...args], ENV);
  assert.match(ran.err, words);
  assert.equal(ran.code, code, ran.err);
  assert.equal(ran.out, "");
  expectNoKey(ran);
  assert.deepEqual(home.names(), []);
  Deno.writeTextFileSync(home.output, "old");
  const again = await opsen([...home.args, ...args], ENV);
  assert.equal(again.code, code);
  assert.ok(again.err.includes(`"${home.output}" is as it was`), again.err);
  assert.equal(Deno.readTextFileSync(home.output), "old");
  assert.deepEqual(home.names(), [NAME]);
}

Deno.test("a download with a key alone asks the permalink, and the file is the database", async () => {
  await using home = await GeoipHome.open();
  const ran = await opsen([...home.args, KEY]);
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /^".*GeoLite2-City\.mmdb" is GeoLite2-City, built 20/);
  assert.match(ran.err, /100 %/);
  expectNoKey(ran);
  assert.deepEqual(Deno.readFileSync(home.output), places());
  assert.deepEqual(home.names(), [NAME]);
  if (Deno.build.os !== "windows") {
    assert.equal((Deno.statSync(home.output).mode ?? 0) & 0o777, 0o644);
  }
  const asked = home.asked.map(({ method, path, query, authorization }) => [
    method,
    path,
    Object.fromEntries(query),
    authorization,
  ]);
  const query = { edition_id: "GeoLite2-City", license_key: KEY };
  assert.deepEqual(asked, [
    ["GET", "/app/geoip_download", { ...query, suffix: "tar.gz.sha256" }, null],
    ["GET", "/app/geoip_download", { ...query, suffix: "tar.gz" }, null],
  ]);
});

Deno.test("a download with an account ID has the key in no URL", async () => {
  await using home = await GeoipHome.open();
  const args = [...home.args, "--account-id", "42", "--edition", "GeoIP2-City"];
  const ran = await opsen(args, ENV);
  assert.equal(ran.code, 0, ran.err);
  expectNoKey(ran);
  for (const { path, query, authorization } of home.asked) {
    assert.equal(path, "/geoip/databases/GeoIP2-City/download");
    assert.deepEqual([...query.keys()], ["suffix"]);
    assert.equal(authorization, `Basic ${btoa(`42:${KEY}`)}`);
  }
  assert.equal(home.asked.length, 2);
});

Deno.test("the key is taken from the argument, a file, the environment, or a file that it names", async () => {
  await using home = await GeoipHome.open();
  const file = `${home.folder}/key`;
  Deno.writeTextFileSync(file, "of-file\n");
  const other = { MAXMIND_LICENSE_KEY: "of-env" };
  const cases = [
    [["of-arg"], other, "of-arg"],
    [["--key-file", file], other, "of-file"],
    [[], { ...other, MAXMIND_LICENSE_KEY_FILE: file }, "of-env"],
    [[], { MAXMIND_LICENSE_KEY_FILE: file }, "of-file"],
  ] as const;
  for (const [args, env, wanted] of cases) {
    const { code, err } = await opsen([...home.args, ...args], env);
    assert.equal(code, 0, err);
    assert.equal(home.asked.at(-1)?.query.get("license_key"), wanted);
  }
});

Deno.test("what can't be meant is refused before anybody is asked", async () => {
  await using home = await GeoipHome.open();
  const empty = `${home.folder}/empty`;
  Deno.writeTextFileSync(empty, "\n");
  const two = `${home.folder}/two`;
  Deno.writeTextFileSync(two, `${KEY}\n${KEY}\n`);
  const cases = [
    [[], {}, /No licence key: set MAXMIND_LICENSE_KEY, .* is free at https:/],
    [[KEY, "--key-file", empty], {}, /wanted one of them/],
    [["--key-file", empty], ENV, /--key-file: ".*empty" can't be used: it is/],
    [["--key-file", two], ENV, /--key-file: ".*two" can't be used: found/],
    [["--key-file", "/none"], ENV, /--key-file: "\/none": found no such file/],
    [[" secret"], {}, /licence key can't be used/],
    [["--edition", "../x"], ENV, /--edition: found "\.\.\/x", wanted letters/],
    [["--account-id", "me"], ENV, /something else than digits/],
    [["--url", "ftp://x"], ENV, /--url: found something else/],
    [["--url", "https://me:secret@x"], ENV, /--url: found something else/],
    [["--output", home.folder], ENV, /--output: ".*" is a folder, wanted/],
    [["--output", `${home.folder}/no/x`], ENV, /there is no folder ".*no" for/],
    [["--output", `${empty}/x`], ENV, /there is no folder ".*empty" for "x"/],
  ] as const;
  for (const [args, env, words] of cases) {
    const ran = await opsen([...home.args, ...args], env);
    assert.match(ran.err, words);
    assert.equal(ran.code, 64, ran.err);
    assert.equal(ran.out, "");
    expectNoKey(ran);
  }
  assert.deepEqual(home.asked, []);
  assert.deepEqual(home.names(), ["empty", "two"]);
});

Deno.test("what the server refuses is said with the next step", async () => {
  const cases = [
    [401, 1, /401: the licence key is wrong, .*--account-id.* at https:/, []],
    [401, 1, /401: the licence key is wrong, or not one of this account/, [
      "--account-id",
      "42",
    ]],
    [403, 1, /403: this licence key may not download GeoLite2-City: /, []],
    [404, 1, /404: there is no edition GeoLite2-City; the free one/, []],
    [
      429,
      1,
      /429: this account has no more downloads for today; .*tomorrow/,
      [],
    ],
    [500, 2, /500: it has trouble of its own; try again later/, []],
    [418, 2, /418: wanted 200; is this the right --url/, []],
  ] as const;
  for (const [status, code, words, args] of cases) {
    await using home = await GeoipHome.open(() =>
      new Response(`no: ${KEY}`, { status })
    );
    await expectFailure(home, code, words, args);
  }
});

Deno.test("an archive that is not the one of the checksum is not unpacked", async () => {
  const { archive } = await goodGoods();
  const wrong: Goods = { archive, checksum: "0".repeat(64) };
  await using home = await GeoipHome.open(undefined, wrong);
  await expectFailure(
    home,
    65,
    /has SHA-256 [0-9a-f]{64}, wanted 0{64}: .*again/,
  );
});

Deno.test("a checksum that is none is refused", async () => {
  for (const text of ["<html>sign in</html>", "", "ab".repeat(2000)]) {
    await using home = await GeoipHome.open((_request, url) =>
      url.search.includes("sha256") ? new Response(text) : undefined
    );
    await expectFailure(
      home,
      65,
      /something else than a SHA-256|sends more than/,
    );
    assert.equal(
      home.asked.filter(({ query }) => query.get("suffix") === "tar.gz").length,
      0,
    );
  }
});

Deno.test("archives without a database, with a broken one or with hostile members are refused", async () => {
  const database = places();
  const good = await gzip(tarOf(membersAround(database)));
  const cases: readonly (readonly [Uint8Array<ArrayBuffer>, RegExp])[] = [
    [
      await gzip(tarOf([{ name: "a.csv", content: "1,2\n" }])),
      /the archive holds no file whose name ends in \.mmdb/,
    ],
    [
      await gzip(tarOf([{ name: "GeoLite2-City.mmdb", type: "2" }])),
      /the archive holds no file whose name ends in \.mmdb/,
    ],
    [
      await gzip(tarOf([{ name: "a.mmdb", size: 2 ** 32 }])),
      /the archive unpacks to more than/,
    ],
    [
      await gzip(tarOf(membersAround(new TextEncoder().encode("<html>")))),
      /Cannot use "GeoLite2-City\.mmdb in the archive" for places: /,
    ],
    [
      await gzip(tarOf(membersAround(database.subarray(0, 2000)))),
      /Cannot use "GeoLite2-City\.mmdb in the archive" for places: /,
    ],
    [
      good.subarray(0, good.length - 100).slice(),
      /is no gzip file, or a damaged/,
    ],
    [new TextEncoder().encode("<html>sign in</html>"), /is no gzip file/],
    [
      await gzip(new Uint8Array(900).fill(65)),
      /the archive has a damaged header/,
    ],
  ];
  for (const [archive, words] of cases) {
    await using home = await GeoipHome.open(undefined, await goodsOf(archive));
    await expectFailure(home, 65, words);
  }
});

Deno.test("no name in an archive is a path: the content goes where the command line says", async () => {
  const content = places();
  const members = [
    { name: "../up.txt", content: "x" },
    { name: "link", type: "2" },
    { name: "../../up.mmdb", content },
  ];
  const goods = await goodsOf(await gzip(tarOf(members)));
  await using home = await GeoipHome.open(undefined, goods);
  const folder = `${home.folder}/a/b`;
  Deno.mkdirSync(folder, { recursive: true });
  const args = [...home.args, "--output", `${folder}/x.mmdb`];
  const { code, err } = await opsen(args, ENV);
  assert.equal(code, 0, err);
  assert.deepEqual(Deno.readFileSync(`${folder}/x.mmdb`), content);
  assert.deepEqual(home.names(), ["a"]);
  assert.deepEqual([...Deno.readDirSync(`${home.folder}/a`)].length, 1);
});

Deno.test("a redirect to another host is followed without the key", async () => {
  await using storage = await GeoipHome.open();
  await using home = await GeoipHome.open((_request, url) =>
    Response.redirect(
      `${storage.url}/signed?suffix=${url.searchParams.get("suffix")}`,
      302,
    )
  );
  const args = [...home.args, "--account-id", "42"];
  const { code, err } = await opsen(args, ENV);
  assert.equal(code, 0, err);
  assert.deepEqual(Deno.readFileSync(home.output), places());
  assert.ok(home.asked.every(({ authorization }) => authorization !== null));
  assert.deepEqual(
    storage.asked.map(({ path, authorization }) => [path, authorization]),
    [["/signed", null], ["/signed", null]],
  );
});

Deno.test("a redirect that leads back gets the key again, one that leads around or away from the web ends", async () => {
  await using home = await GeoipHome.open((_request, url) => {
    const suffix = url.searchParams.get("suffix");
    return url.pathname === "/here" ? undefined : new Response(null, {
      status: 307,
      headers: { location: `/here?suffix=${suffix}` },
    });
  });
  const args = [...home.args, "--account-id", "42"];
  assert.equal((await opsen(args, ENV)).code, 0);
  assert.ok(home.asked.every(({ authorization }) => authorization !== null));

  await using loop = await GeoipHome.open((request) =>
    Response.redirect(request.url, 302)
  );
  await expectFailure(loop, 2, /redirects more than 5 times/);
  for (const location of ["file:///etc/passwd", "http://[", ""]) {
    await using away = await GeoipHome.open(() =>
      new Response(null, { status: 302, headers: { location } })
    );
    const words = location === ""
      ? /redirects more than 5 times/
      : /redirects to something else than an https URL/;
    await expectFailure(away, 2, words);
  }
});

Deno.test("a server that is not there is said without its URL", async () => {
  const url = `http://127.0.0.1:${freePort()}`;
  const ran = await opsen(["geoip", "download", "--url", url], ENV);
  assert.equal(ran.code, 2);
  assert.match(ran.err, /^Cannot download from 127\.0\.0\.1:\d+: .*refused/i);
  assert.match(ran.err, /look whether this machine may reach it/);
  expectNoKey(ran);
});

Deno.test("a server that hangs up, or speaks something else, is said without its URL", async () => {
  for (
    const said of [
      "",
      "220 ftp ready\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\nab",
    ]
  ) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const answered = answerOnce(listener, said);
    const url = `http://127.0.0.1:${listener.addr.port}`;
    const ran = await opsen(["geoip", "download", "--url", url], ENV);
    await answered;
    assert.equal(ran.code, 2, ran.err);
    assert.match(ran.err, /^Cannot download from 127\.0\.0\.1:\d+: /);
    expectNoKey(ran);
  }
});

/** Reads what comes first of one connection, says this, and hangs up. */
async function answerOnce(
  listener: Deno.Listener,
  said: string,
): Promise<void> {
  using connection = await listener.accept();
  await connection.read(new Uint8Array(4096));
  await connection.write(new TextEncoder().encode(said));
}

Deno.test("an archive that ends before its length is refused", async () => {
  const goods = await goodGoods();
  await using home = await GeoipHome.open((_request, url) => {
    if (url.search.includes("sha256")) return undefined;
    return new Response(goods.archive.subarray(0, 1000).slice());
  }, goods);
  await expectFailure(home, 65, /has SHA-256/);
});

/** A server that sends the beginning of the archive, and then nothing; `begun` settles when it has. */
async function silentHome() {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const goods = await goodGoods();
  const home = await GeoipHome.open((_request, url) => {
    if (url.search.includes("sha256")) return undefined;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        controller.enqueue(goods.archive.subarray(0, 1000).slice());
        begin();
        return new Promise(() => {});
      },
    });
    return new Response(body);
  }, goods);
  return { home, begun };
}

Deno.test("a server that falls silent is not waited for for ever", async () => {
  const { home } = await silentHome();
  await using _home = home;
  Deno.writeTextFileSync(home.output, "old");
  const shell = new FakeShell(ENV);
  const options = {
    edition: "GeoLite2-City",
    url: home.url,
    output: home.output,
  };
  await download(undefined, options, shell, {
    signal: new AbortController().signal,
    patience: { silenceMsMax: 50, wholeMsMax: 60_000 },
  });
  assert.equal(shell.exitCode, 2);
  assert.match(shell.complained, /it has said nothing for 0\.05 s; /);
  assert.deepEqual(home.names(), [NAME]);
  assert.equal(Deno.readTextFileSync(home.output), "old");
});

Deno.test("a server that goes on and on in small pieces is left in the end", async () => {
  const goods = await goodGoods();
  let dripping: ReturnType<typeof setInterval> | undefined;
  await using home = await GeoipHome.open((_request, url) => {
    if (url.search.includes("sha256")) return undefined;
    return new Response(
      new ReadableStream({
        start(controller) {
          const drop = new Uint8Array(1);
          dripping = setInterval(() => controller.enqueue(drop), 5);
        },
        cancel: () => clearInterval(dripping),
      }),
    );
  }, goods);
  const shell = new FakeShell(ENV);
  const options = {
    edition: "GeoLite2-City",
    url: home.url,
    output: home.output,
  };
  await download(undefined, options, shell, {
    signal: new AbortController().signal,
    patience: { silenceMsMax: 30_000, wholeMsMax: 300 },
  });
  clearInterval(dripping);
  assert.equal(shell.exitCode, 2);
  assert.match(shell.complained, /it is not done after 0\.3 s; /);
  assert.deepEqual(home.names(), []);
});

Deno.test("what another download left long ago is removed, what may be under way is not", async () => {
  await using home = await GeoipHome.open();
  const folders = [".opsen-geoip-old", ".opsen-geoip-new", "other-old"];
  for (const folder of folders) {
    const path = `${home.folder}/${folder}`;
    Deno.mkdirSync(path);
    Deno.writeTextFileSync(`${path}/archive`, "half");
    const yesterday = Date.now() / 1000 - 86_400;
    if (folder.endsWith("old")) Deno.utimeSync(path, yesterday, yesterday);
  }
  const { code, err } = await opsen(home.args, ENV);
  assert.equal(code, 0, err);
  assert.deepEqual(home.names(), [".opsen-geoip-new", NAME, "other-old"]);
});

Deno.test({
  name: "what is neither a file nor a folder is not replaced",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using home = await GeoipHome.open();
    const path = `${home.folder}/socket`;
    using _socket = Deno.listen({ transport: "unix", path });
    const ran = await opsen([...home.args, "--output", path], ENV);
    assert.match(ran.err, /^--output: ".*socket" is no file, wanted one or a/);
    assert.equal(ran.code, 64);
    assert.ok(Deno.statSync(path).isSocket);
    assert.deepEqual(home.asked, []);
  },
});

Deno.test("an interrupted download leaves nothing behind", async () => {
  const { home, begun } = await silentHome();
  await using _home = home;
  const shell = new FakeShell(ENV);
  const interrupt = new AbortController();
  const options = {
    edition: "GeoLite2-City",
    url: home.url,
    output: home.output,
  };
  const done = download(undefined, options, shell, interrupt);
  await begun;
  assert.equal(home.names().length, 1);
  const [folder = ""] = home.names();
  if (Deno.build.os !== "windows") {
    const { mode } = Deno.statSync(`${home.folder}/${folder}`);
    assert.equal((mode ?? 0) & 0o777, 0o700);
  }
  interrupt.abort();
  await done;
  assert.equal(shell.exitCode, 130);
  assert.equal(shell.complained, "Interrupted\n");
  assert.deepEqual(home.names(), []);
});

Deno.test("a server that does not say the length gets lines of megabytes", async () => {
  const goods = await goodGoods();
  const filler = crypto.getRandomValues(new Uint8Array(65_536));
  const more = joined(Array.from({ length: 300 }, () => filler));
  const members = [...membersAround(places()), { name: "x", content: more }];
  const large = await goodsOf(await gzip(tarOf(members)));
  assert.ok(large.archive.length > goods.archive.length);
  await using home = await GeoipHome.open(
    (_request, url) =>
      url.search.includes("sha256")
        ? undefined
        : new Response(new Blob([large.archive]).stream()),
    large,
  );
  const { code, err } = await opsen(home.args, ENV);
  assert.equal(code, 0, err);
  assert.doesNotMatch(err, /%/);
  if (!Deno.stderr.isTerminal()) assert.match(err, /^1\d\.\d MB\n$/);
});

Deno.test("--if-newer downloads only when the file can't be used or is another one", async () => {
  await using home = await GeoipHome.open();
  const args = [...home.args, "--if-newer"];
  Deno.writeTextFileSync(home.output, "no database");
  assert.equal((await opsen(args, ENV)).code, 0);
  assert.deepEqual(home.asked.map(({ method }) => method), ["GET", "GET"]);
  const kept = await opsen(args, ENV);
  assert.equal(kept.out, `"${home.output}" is up to date\n`);
  assert.equal(kept.code, 0);
  assert.deepEqual(home.asked.slice(2).map(({ method }) => method), ["HEAD"]);
  for (const year of [2025, 2027]) {
    home.asked.length = 0;
    Deno.utimeSync(home.output, 0, Date.UTC(year, 0, 1) / 1000);
    assert.match((await opsen(args, ENV)).out, /is GeoLite2-City/);
    assert.deepEqual(
      home.asked.map(({ method }) => method),
      ["HEAD", "GET", "GET"],
    );
  }
});

Deno.test("--json prints one object, also when it fails", async () => {
  await using home = await GeoipHome.open();
  const args = [...home.args, "--json"];
  const { archive_sha256, built, ...made } = JSON.parse(
    (await opsen(args, ENV)).out,
  );
  assert.match(archive_sha256, /^[0-9a-f]{64}$/);
  assert.ok(Date.parse(built) > 0);
  assert.deepEqual(made, {
    ok: true,
    path: home.output,
    edition: "GeoLite2-City",
    changed: true,
    type: "GeoLite2-City",
    bytes: places().length,
  });
  const kept = await opsen([...args, "--if-newer"], ENV);
  assert.equal(JSON.parse(kept.out).changed, false);
  await using refusing = await GeoipHome.open(() =>
    new Response(null, { status: 401 })
  );
  const failed = await opsen([...args, "--url", refusing.url], ENV);
  assert.equal(failed.code, 1);
  const { ok, error } = JSON.parse(failed.out);
  assert.equal(ok, false);
  assert.match(error, /401/);
  assert.equal(failed.err, "");
});

Deno.test({
  name:
    "a link to the file stays a link, and a folder without the right to write is said",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using home = await GeoipHome.open();
    const target = `${home.folder}/target.mmdb`;
    Deno.writeTextFileSync(target, "old");
    Deno.symlinkSync(target, home.output);
    assert.equal((await opsen(home.args, ENV)).code, 0);
    assert.ok(Deno.lstatSync(home.output).isSymlink);
    assert.deepEqual(Deno.readFileSync(target), places());
    const proc = [...home.args, "--output", "/proc/GeoLite2-City.mmdb"];
    const { code, err } = await opsen(proc, ENV);
    assert.equal(code, 74, err);
    assert.match(err, /^Cannot write "\/proc\/GeoLite2-City\.mmdb": /);
  },
});

Deno.test({
  name: "a full disk is said",
  ignore: Deno.build.os !== "linux",
  fn() {
    using full = Deno.openSync("/dev/full", { write: true });
    try {
      full.writeSync(new Uint8Array(1));
      assert.fail("written");
    } catch (error) {
      const { message, exitCode } = fileFault(error, "x.mmdb");
      assert.match(message, /^Cannot write "x\.mmdb": the disk is full; it/);
      assert.equal(exitCode, 74);
    }
  },
});
