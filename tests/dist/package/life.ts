/** The life of the package in a clean Debian, step by step: install, upgrade, remove, install again, purge. */
import assert from "node:assert/strict";
import { copyGoDatabase } from "../../store/go_database.ts";
import type { CleanDebian } from "./clean_debian.ts";
import { userOf, withServer } from "./installed_server.ts";

const SERVER_YML = "/etc/opsen/server.yml";
const CLIENT_YML = "/etc/opsen/client.yml";
const STATE = "/var/lib/opsen";
const WANTED = "/etc/systemd/system/multi-user.target.wants";
const UNITS = ["opsen-server.service", "opsen-client.service"] as const;
const GO_DATABASE = "/opt/opsen/opsen.db";
const EDIT = "log_level: warn # an administrator's\n";
/** Highest number of a user or group of the system (Debian Policy 9.2.2). */
const SYSTEM_ID_MAX = 999;

/** Packages to live it with, by their paths in there. */
export interface Packages {
  readonly first: string;
  readonly version: string;
  readonly next: string;
  readonly nextVersion: string;
}

/** A step and what it holds the package to; each begins where the one before it ended. */
export type Step = (debian: CleanDebian, packages: Packages) => Promise<void>;

/** The steps, in their order. */
export const LIFE: Readonly<Record<string, Step>> = {
  "it installs into a clean Debian": async (debian, { first, version }) => {
    await succeeds(debian, "dpkg", "-i", first);
    assert.equal(await installed(debian), `install ok installed ${version}`);
  },
  "the service user is one of the system and can't log in": async (debian) => {
    const entry = await succeeds(debian, "getent", "passwd", "opsen");
    const [, , user, group, , home, shell] = entry.split(":");
    assert.ok(Number(user) > 0 && Number(user) <= SYSTEM_ID_MAX, entry);
    assert.ok(Number(group) > 0 && Number(group) <= SYSTEM_ID_MAX, entry);
    assert.deepEqual([home, shell], [STATE, "/usr/sbin/nologin"]);
  },
  "only root writes the configuration, and only the service reads it": async (
    debian,
  ) => {
    assert.equal(await debian.standing("/etc/opsen"), "root:opsen 750");
    assert.equal(await debian.standing(SERVER_YML), "root:opsen 640");
    assert.equal(await debian.standing(CLIENT_YML), "root:opsen 640");
    assert.equal(await debian.standing(STATE), "opsen:opsen 700");
  },
  "both units are enabled": (debian) => {
    for (const unit of UNITS) {
      assert.equal(
        Deno.readLinkSync(debian.outside(`${WANTED}/${unit}`)).replace(
          /^\/usr/,
          "",
        ),
        `/lib/systemd/system/${unit}`,
      );
    }
    return Promise.resolve();
  },
  "all three names start the program": async (debian) => {
    const { version } = JSON.parse(
      await succeeds(debian, "opsen", "version", "--json"),
    );
    for (const name of ["opsen", "opsen-server", "opsen-client"]) {
      assert.equal(await succeeds(debian, name, "--version"), version);
    }
    const check = ["opsen", "config", "check", "--config", SERVER_YML];
    assert.match(await succeeds(debian, ...check), /ok/);
  },
  "the server runs as its user and keeps its database in its folder": async (
    debian,
  ) => {
    await withServer(debian, async (_url, pid) => {
      assert.equal(await userOf(debian, pid), "opsen");
    });
    assert.equal(
      (await debian.standing(`${STATE}/opsen.db`)).split(" ")[0],
      "opsen:opsen",
    );
  },
  "an upgrade keeps what was edited and what was disabled": async (
    debian,
    { next, nextVersion },
  ) => {
    await edit(debian);
    // What `systemctl disable` does.
    await Deno.remove(debian.outside(`${WANTED}/${UNITS[1]}`));
    await succeeds(debian, "dpkg", "-i", next);
    assert.equal(
      await installed(debian),
      `install ok installed ${nextVersion}`,
    );
    await assertKept(debian);
    assert.ok(debian.has(`${WANTED}/${UNITS[0]}`));
    assert.ok(!debian.has(`${WANTED}/${UNITS[1]}`));
    await withServer(debian, () => Promise.resolve());
  },
  "a removal keeps configuration and database": async (debian) => {
    await succeeds(debian, "dpkg", "-r", "opsen");
    assert.ok(!debian.has("/usr/bin/opsen"));
    assert.ok(!debian.has("/usr/lib/opsen"));
    await assertKept(debian);
  },
  "an installation after a removal goes on where it was": async (
    debian,
    { next },
  ) => {
    await succeeds(debian, "dpkg", "-i", next);
    await assertKept(debian);
    await withServer(debian, () => Promise.resolve());
  },
  "a purge leaves nothing": async (debian) => {
    await succeeds(debian, "dpkg", "-P", "opsen");
    for (
      const path of [
        ...["/etc/opsen", STATE, "/var/lib/opsen-client", "/var/cache/opsen"],
        ...UNITS.map((unit) => `${WANTED}/${unit}`),
        "/usr/share/doc/opsen",
      ]
    ) assert.ok(!debian.has(path), path);
    assert.notEqual((await debian.run("getent", "passwd", "opsen")).code, 0);
    assert.notEqual((await debian.run("getent", "group", "opsen")).code, 0);
    const left = await succeeds(
      debian,
      ...["find", "/etc", "/var/lib", "/usr", "-xdev", "-name", "*opsen*"],
    );
    assert.equal(left, "");
  },
  "the database of a Go Opsen is used where it is": async (
    debian,
    { first },
  ) => {
    await Deno.mkdir(debian.outside("/opt/opsen"), { recursive: true });
    copyGoDatabase(debian.outside(GO_DATABASE));
    await succeeds(debian, "dpkg", "-i", first);
    await withServer(debian, async (url) => {
      assert.deepEqual(await backends(url), [
        "backend-1",
        "backend-2",
        "backend-3",
      ]);
    });
    await succeeds(debian, "opsen", "db", "check", "--config", SERVER_YML);
  },
  "the database of a Go Opsen survives a purge": async (debian, { first }) => {
    await succeeds(debian, "dpkg", "-P", "opsen");
    assert.ok(!debian.has(STATE));
    assert.equal(await debian.standing(GO_DATABASE), "root:root 644");
    assert.equal(await debian.standing("/opt/opsen"), "root:root 755");
    await succeeds(debian, "dpkg", "-i", first);
    await withServer(debian, async (url) => {
      assert.equal((await backends(url)).length, 3);
    });
    await succeeds(debian, "dpkg", "-P", "opsen");
    assert.ok(debian.has(GO_DATABASE));
  },
};

async function succeeds(
  debian: CleanDebian,
  ...command: readonly string[]
): Promise<string> {
  const { code, said } = await debian.run(...command);
  assert.equal(code, 0, `${command.join(" ")}: ${said}`);
  return said;
}

async function installed(debian: CleanDebian): Promise<string> {
  const format = "${Status} ${Version}";
  return (await debian.run("dpkg-query", "-W", "-f", format, "opsen")).said;
}

async function edit(debian: CleanDebian): Promise<void> {
  const path = debian.outside(SERVER_YML);
  await Deno.writeTextFile(path, EDIT, { append: true });
}

async function assertKept(debian: CleanDebian): Promise<void> {
  const text = await Deno.readTextFile(debian.outside(SERVER_YML));
  assert.ok(text.endsWith(EDIT), text);
  assert.equal(await debian.standing(SERVER_YML), "root:opsen 640");
  assert.ok(debian.has(`${STATE}/opsen.db`));
}

async function backends(url: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/clients`);
  const answer: unknown = await response.json();
  return [...JSON.stringify(answer).matchAll(/"client_id":"([^"]+)"/g)]
    .map(([, id]) => id ?? "").toSorted();
}
