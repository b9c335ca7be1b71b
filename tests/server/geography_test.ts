import assert from "node:assert/strict";
import type { Place } from "../../src/engine/backend.ts";
import { Geography, type PlacesConfig } from "../../src/server/geography.ts";
import { UnusableFileError } from "../../src/server/named_file.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { cityRecord, madeDatabase } from "../geo/made_database.ts";

const IP = "5.9.1.2";

/** A folder with a database, and a log. */
class Stage implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly path = `${this.folder}/places.mmdb`;
  readonly logger = new FakeLogger();

  /** Replaces the file as a good updater does: written beside, then renamed. */
  put(content: Uint8Array, path = this.path): void {
    Deno.writeFileSync(`${this.folder}/next`, content);
    Deno.renameSync(`${this.folder}/next`, path);
  }

  async open(
    more: Partial<PlacesConfig> = {},
    waitMsMax?: number,
  ): Promise<Geography> {
    return await Geography.open(this.config(more), this.logger, waitMsMax);
  }

  config(more: Partial<PlacesConfig> = {}): PlacesConfig {
    return {
      geoipDbPath: this.path,
      geoipPrivateIsLocal: false,
      latitude: undefined,
      longitude: undefined,
      country: "",
      city: "",
      ...more,
    };
  }

  get warnings(): readonly string[] {
    return this.logger.lines.filter(({ level }) => level === "warn")
      .map(({ message, data }) => `${message}: ${data.problem}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function databaseOf(city: string): Uint8Array {
  return madeDatabase({
    networks: [["5.9.0.0/16", cityRecord(50, 8, "DE", city)]],
  });
}

function cityOf(geography: Geography, ip = IP): string | undefined {
  return geography.locator.locate(ip)?.city;
}

Deno.test("a database that changes is in use at the next look: renamed over, written in place, or through a link", async () => {
  await using stage = new Stage();
  stage.put(databaseOf("One"));
  await using geography = await stage.open();
  assert.equal(cityOf(geography), "One");
  stage.put(databaseOf("Two"));
  await geography.look();
  assert.equal(cityOf(geography), "Two");
  Deno.writeFileSync(stage.path, databaseOf("Three"));
  await geography.look();
  assert.equal(cityOf(geography), "Three");
  stage.put(databaseOf("Four"), `${stage.folder}/four.mmdb`);
  Deno.symlinkSync("four.mmdb", `${stage.folder}/link`);
  Deno.renameSync(`${stage.folder}/link`, stage.path);
  await geography.look();
  assert.equal(cityOf(geography), "Four");
  const used = stage.logger.messages("info").length;
  assert.equal(used, 4);
  await geography.look();
  assert.equal(stage.logger.messages("info").length, used);
  assert.deepEqual(stage.warnings, []);
});

Deno.test("what can't be used or is gone leaves the old database in use, and is said once for each change", async () => {
  await using stage = new Stage();
  const good = databaseOf("Good");
  stage.put(good);
  await using geography = await stage.open();
  const changes: [() => void, RegExp][] = [
    [() => stage.put(good.subarray(0, 200)), /the old one is kept.*no MaxMind/],
    [() => stage.put(new Uint8Array()), /the old one is kept.*it is empty$/],
    [() => Deno.removeSync(stage.path), /the old one is kept.*no such file$/],
    [() => Deno.mkdirSync(stage.path), /the old one is kept.*it is no file$/],
  ];
  for (const [index, [change, words]] of changes.entries()) {
    change();
    await geography.look();
    await geography.look();
    assert.equal(stage.warnings.length, index + 1);
    assert.match(stage.warnings.at(-1) ?? "", words);
    assert.match(stage.warnings.at(-1) ?? "", new RegExp(stage.path));
    assert.equal(cityOf(geography), "Good");
  }
  Deno.removeSync(stage.path);
  stage.put(good);
  await geography.look();
  await geography.look();
  assert.equal(stage.logger.messages("info").length, 2);
  Deno.removeSync(stage.path);
  await geography.look();
  assert.equal(stage.warnings.length, changes.length + 1);
});

Deno.test("a server begins without the database that it was told of, and takes it when it is there", async () => {
  await using stage = new Stage();
  await using geography = await stage.open();
  assert.equal(cityOf(geography), undefined);
  assert.equal(stage.warnings.length, 1);
  assert.match(stage.warnings[0] ?? "", /No usable GeoIP.*no such file$/);
  stage.put(new TextEncoder().encode("<html>Sign in</html>"));
  await geography.look();
  assert.match(stage.warnings[1] ?? "", /No usable GeoIP.*no MaxMind/);
  stage.put(databaseOf("Late"));
  await geography.look();
  assert.equal(cityOf(geography), "Late");
});

Deno.test("a database that is written while it is read waits for the next look", async () => {
  await using stage = new Stage();
  stage.put(databaseOf("Old"));
  await using geography = await stage.open();
  stage.put(databaseOf("New"));
  const { open } = Deno;
  Deno.open = (...args) => {
    const later = Date.now() / 1000 + 60;
    Deno.utimeSync(stage.path, later, later);
    return open(...args);
  };
  try {
    await geography.look();
  } finally {
    Deno.open = open;
  }
  assert.equal(cityOf(geography), "Old");
  await geography.look();
  assert.equal(cityOf(geography), "New");
  assert.deepEqual(stage.warnings, []);
});

Deno.test("a file system that does not answer keeps no server from beginning, changing and ending", async () => {
  await using stage = new Stage();
  const { stat } = Deno;
  const answered = Promise.withResolvers<void>();
  const asked: Promise<Deno.FileInfo>[] = [];
  let atEnd: Promise<void>;
  Deno.stat = (path) => {
    const answer = answered.promise.then(() => stat(path));
    asked.push(answer);
    return answer;
  };
  try {
    await using geography = await stage.open({}, 20);
    assert.deepEqual(stage.logger.messages("warn"), [
      "The GeoIP database is not read yet: addresses have no place until it is",
    ]);
    (await geography.prepare(stage.config({ geoipPrivateIsLocal: true })))
      .apply();
    const geoipDbPath = `${stage.folder}/new.mmdb`;
    await assert.rejects(
      geography.prepare(stage.config({ geoipDbPath })),
      /^UnusableFileError: geoip_db_path: Cannot read ".*new\.mmdb" within 0\.02 s$/,
    );
    atEnd = geography.look();
  } finally {
    Deno.stat = stat;
  }
  answered.resolve();
  await atEnd;
  await Promise.allSettled(asked);
  assert.equal(stage.logger.messages("warn").length, 1);
});

Deno.test("another configuration brings another database when it comes into force, and is refused when that can't be used", async () => {
  await using stage = new Stage();
  stage.put(databaseOf("Old"));
  await using geography = await stage.open();
  const geoipDbPath = `${stage.folder}/new.mmdb`;
  const next = stage.config({ geoipDbPath });
  await assert.rejects(geography.prepare(next), (error) => {
    assert.ok(error instanceof UnusableFileError);
    const message = `geoip_db_path: Cannot read "${geoipDbPath}": no such file`;
    assert.equal(error.message, message);
    return true;
  });
  stage.put(databaseOf("New"), geoipDbPath);
  const prepared = await geography.prepare(next);
  assert.equal(cityOf(geography), "Old");
  const inUse = () =>
    stage.logger.messages("info").filter((line) =>
      line === "GeoIP database in use"
    ).length;
  assert.equal(inUse(), 1);
  prepared.apply();
  assert.equal(inUse(), 2);
  assert.equal(cityOf(geography), "New");
  stage.put(databaseOf("Newer"), geoipDbPath);
  await geography.look();
  assert.equal(cityOf(geography), "Newer");
  (await geography.prepare(stage.config({ geoipDbPath: "" }))).apply();
  assert.equal(cityOf(geography), undefined);
  assert.deepEqual(stage.warnings, []);
});

Deno.test("a database that can't be used keeps nobody from changing something else", async () => {
  await using stage = new Stage();
  stage.put(databaseOf("Kept"));
  await using geography = await stage.open();
  Deno.removeSync(stage.path);
  const home = { latitude: 52.5, longitude: 13.4, city: "Home" };
  const next = stage.config({ ...home, geoipPrivateIsLocal: true });
  (await geography.prepare(next)).apply();
  assert.equal(cityOf(geography), "Kept");
  assert.equal(cityOf(geography, "192.168.1.1"), "Home");
  assert.equal(stage.warnings.length, 1);
});

Deno.test("private addresses are where the server is only when that is wanted and known", async () => {
  await using stage = new Stage();
  const home = { latitude: 52.5, longitude: 13.4, country: "DE", city: "Home" };
  const placeOf = async (more: Partial<PlacesConfig>) => {
    await using geography = await stage.open({ geoipDbPath: "", ...more });
    return geography.locator.locate("10.0.0.1");
  };
  const wanted: [Partial<PlacesConfig>, Place | undefined][] = [
    [home, undefined],
    [{ geoipPrivateIsLocal: true }, undefined],
    [{ ...home, geoipPrivateIsLocal: true }, home],
    [
      { ...home, latitude: 0, longitude: 0, geoipPrivateIsLocal: true },
      { ...home, latitude: 0, longitude: 0 },
    ],
  ];
  for (const [more, place] of wanted) {
    assert.deepEqual(await placeOf(more), place);
  }
  assert.deepEqual(stage.logger.lines, []);
});

Deno.test("the file is looked at every ten seconds until the server ends", async () => {
  await using stage = new Stage();
  stage.put(databaseOf("One"));
  const real = [globalThis.setInterval, globalThis.clearInterval] as const;
  const timers = new Map<number, () => void>();
  globalThis.setInterval = ((run: () => void, intervalMs: number) => {
    timers.set(intervalMs, run);
    return intervalMs;
  }) as never;
  globalThis.clearInterval = ((id: number) => timers.delete(id)) as never;
  try {
    {
      await using geography = await stage.open();
      assert.deepEqual([...timers.keys()], [10_000]);
      stage.put(databaseOf("Two"));
      timers.get(10_000)?.();
      // Joins the look that the timer began.
      await geography.look();
      assert.equal(cityOf(geography), "Two");
    }
    assert.equal(timers.size, 0);
  } finally {
    [globalThis.setInterval, globalThis.clearInterval] = real;
  }
});
