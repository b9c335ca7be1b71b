import assert from "node:assert/strict";
import fc from "fast-check";
import type { KeptVersion } from "../../src/reload/kept_version.ts";
import { textOfVersion, versionOfText } from "../../src/reload/kept_version.ts";
import { contentHash } from "../../src/reload/content_hash.ts";
import {
  HISTORY_KEPT,
  VersionFolder,
  versionFolderPath,
  VERSIONS_KEPT,
} from "../../src/reload/version_folder.ts";
import type { ReloadOutcome } from "../../src/wire/reload_outcome.ts";
import { ReloadWorld } from "./reload_world.ts";

async function kept(version: number, text: string): Promise<KeptVersion> {
  const bytes = new TextEncoder().encode(text);
  const documents = {
    file: { name: "server.yml", content: { kind: "read", bytes } },
    overlay: undefined,
  } as const;
  return {
    version,
    hash: await contentHash(documents),
    atMs: 1_000_000 + version,
    cause: "api",
    rolledBackTo: undefined,
    documents,
  };
}

function outcome(version: number): ReloadOutcome {
  return {
    ...{ kind: "applied", cause: "api", version, hash: "ab", atMs: version },
    ...{ changed: ["port"], needsRestart: [], problems: [], notes: [] },
    rolledBackTo: undefined,
  };
}

async function inFolder(
  work: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/opsen.db-config`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("versions, history and pin are there again after a restart, for the owner alone", async () => {
  await inFolder(async (path) => {
    const folder = await VersionFolder.open(path);
    await folder.keep(await kept(1, "port: 1\n"));
    await folder.keep(await kept(2, "port: 2\n"));
    await folder.note(outcome(2));
    const pin = { from: { hash: "ab", fileHash: "cd" }, version: 1 };
    await folder.setPin(pin);
    const again = await VersionFolder.open(path);
    assert.deepEqual(again.versions, folder.versions);
    assert.deepEqual(again.history, folder.history);
    assert.deepEqual(again.pin, pin);
    await again.setPin(undefined);
    assert.equal((await VersionFolder.open(path)).pin, undefined);
    const modes = [
      path,
      ...[...Deno.readDirSync(path)].map(({ name }) => `${path}/${name}`),
    ].map((entry) => ((Deno.statSync(entry).mode ?? 0) & 0o777).toString(8));
    assert.deepEqual(modes, ["700", ...Array(modes.length - 1).fill("600")]);
  });
});

Deno.test(`the newest ${VERSIONS_KEPT} versions and ${HISTORY_KEPT} outcomes are kept, the others leave the disk too`, async () => {
  await inFolder(async (path) => {
    const folder = await VersionFolder.open(path);
    for (let version = 1; version <= VERSIONS_KEPT + 3; version++) {
      await folder.keep(await kept(version, `port: ${version}\n`));
    }
    for (let at = 1; at <= HISTORY_KEPT + 5; at++) {
      await folder.note(outcome(at));
    }
    for (const one of [folder, await VersionFolder.open(path)]) {
      assert.deepEqual(
        one.versions.map(({ version }) => version),
        Array.from({ length: VERSIONS_KEPT }, (_, index) => index + 4),
      );
      assert.equal(one.history.length, HISTORY_KEPT);
      assert.equal(one.history.at(-1)?.version, HISTORY_KEPT + 5);
    }
    const files = [...Deno.readDirSync(path)].filter(({ name }) =>
      name.startsWith("version-")
    );
    assert.equal(files.length, VERSIONS_KEPT);
  });
});

Deno.test("the same documents again and again don't take the place of others", async () => {
  await inFolder(async (path) => {
    const folder = await VersionFolder.open(path);
    await folder.keep(await kept(1, "port: 1\n"));
    await folder.keep(await kept(2, "port: 2\n"));
    for (let version = 3; version <= 2 * VERSIONS_KEPT; version++) {
      await folder.keep(await kept(version, "port: 3\n"));
    }
    for (const one of [folder, await VersionFolder.open(path)]) {
      const versions = one.versions.map(({ version }) => version);
      assert.equal(versions.length, VERSIONS_KEPT);
      assert.deepEqual(versions.slice(0, 3), [1, 2, VERSIONS_KEPT + 3]);
      assert.equal(one.newest?.version, 2 * VERSIONS_KEPT);
    }
  });
});

Deno.test("large versions give way to one another, but two always stay", async () => {
  const folder = await VersionFolder.open(undefined);
  const large = "#".repeat(5 * 1024 * 1024);
  for (const version of [1, 2, 3]) {
    await folder.keep(await kept(version, large));
  }
  assert.deepEqual(folder.versions.map(({ version }) => version), [2, 3]);
  for (const version of [4, 5]) {
    await folder.keep(await kept(version, `${version}${large}`));
  }
  assert.deepEqual(folder.versions.map(({ version }) => version), [4, 5]);
});

Deno.test("garbage, half-written files and versions whose text was changed are passed over", async () => {
  await inFolder(async (path) => {
    const folder = await VersionFolder.open(path);
    await folder.keep(await kept(1, "port: 1\n"));
    await folder.keep(await kept(2, "port: 2\n"));
    await folder.note(outcome(1));
    const file = `${path}/version-2.json`;
    const text = Deno.readTextFileSync(file);
    Deno.writeTextFileSync(file, text.replace("port: 2", "port: 3"));
    Deno.writeTextFileSync(`${path}/version-3.json`, text.slice(0, 80));
    Deno.writeTextFileSync(`${path}/version-4.json.new`, text);
    Deno.mkdirSync(`${path}/version-5.json`);
    Deno.writeTextFileSync(`${path}/pin.json`, "{");
    Deno.writeTextFileSync(
      `${path}/history.jsonl`,
      `${Deno.readTextFileSync(`${path}/history.jsonl`)}{"outcome":\n\u0000`,
    );
    const again = await VersionFolder.open(path);
    assert.deepEqual(again.versions.map(({ version }) => version), [1]);
    assert.deepEqual([again.history.length, again.pin], [1, undefined]);
    await again.keep(await kept(2, "port: 4\n"));
    assert.equal((await VersionFolder.open(path)).newest?.version, 2);
  });
});

Deno.test("a version's text says the same after any round trip, and any other text says nothing or is whole", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const bytes = new TextEncoder().encode(`\ufeff${text}`);
    const file = {
      name: "server.yml",
      content: { kind: "read", bytes },
    } as const;
    const version: KeptVersion = {
      ...{ version: 3, hash: "ab", atMs: 5, cause: "url", rolledBackTo: 2 },
      documents: { file, overlay: { ...file, url: "https://x/?key" } },
    };
    assert.deepEqual(versionOfText(textOfVersion(version)), version);
    assert.equal(versionOfText(text), undefined);
  }));
  fc.assert(fc.property(fc.json(), (text) => {
    assert.equal(versionOfText(text), undefined);
  }));
});

Deno.test("a database in memory leaves no folder behind", async () => {
  assert.equal(versionFolderPath(":memory:"), undefined);
  assert.equal(versionFolderPath("/var/opsen.db"), "/var/opsen.db-config");
  const folder = await VersionFolder.open(undefined);
  await folder.keep(await kept(1, "port: 1\n"));
  assert.equal(folder.find(1)?.version, 1);
});

Deno.test("a disk that can't be written stops no reload, and is told of once", async () => {
  await using world = new ReloadWorld("stale_minutes: 5\n");
  Deno.writeTextFileSync(`${world.database}-config`, "in the way");
  const { reloader } = await world.start();
  world.write("stale_minutes: 6\n");
  assert.equal((await reloader.reload("api")).kind, "applied");
  assert.equal((await reloader.rollback()).kind, "applied");
  assert.equal(reloader.config.staleMinutes, 5);
  assert.equal(world.logger.messages("warn").length, 1);
  assert.match(world.logger.messages("warn").join(), /on disk/);
});
