import assert from "node:assert/strict";
import { opsen } from "./fake_shell.ts";

/** Programs that an image might have; any will do. */
const PROGRAM = "#!/bin/sh\necho installed\n";

Deno.test("a role is installed into a folder with its unit, its configuration and the executable", async () => {
  await inImage(async (image) => {
    const { code, out } = await image.opsen("install", "server");
    assert.equal(code, 0);
    assert.match(out, /^write +\/usr\/local\/bin\/opsen$/m);
    assert.equal(image.read("/usr/local/bin/opsen"), PROGRAM);
    assert.equal(image.mode("/usr/local/bin/opsen"), 0o755);
    assert.equal(image.mode("/etc/opsen"), 0o750);
    assert.equal(image.mode("/etc/opsen/server.yml"), 0o640);
    assert.equal(image.mode("/var/lib/opsen"), 0o700);
    assert.match(
      image.read("/etc/systemd/system/opsen-server.service"),
      /^ExecStart=\/usr\/local\/bin\/opsen server --config \/etc\/opsen\/server\.yml$/m,
    );
    // The image has no user yet; it makes one when it starts.
    assert.match(image.read("/etc/sysusers.d/opsen.conf"), /^u opsen /m);
    assert.match(image.read("/etc/tmpfiles.d/opsen.conf"), / root opsen /);
    assert.equal(image.has("/etc/opsen/client.yml"), false);
  });
});

Deno.test("what the client is told of its server stands in its configuration, and a key is copied", async () => {
  await inImage(async (image) => {
    await Deno.writeTextFile(image.path("/key"), "a-secret");
    const { code, out } = await image.opsen(
      ...["install", "client", "--server", "https://decider:8443"],
      ...["--key-file", image.path("/key"), "--prefix", "/opt/tools"],
    );
    assert.equal(code, 0);
    const config = image.read("/etc/opsen/client.yml");
    assert.match(config, /^server_url: "https:\/\/decider:8443"$/m);
    assert.match(config, /^server_key_file: "\/etc\/opsen\/server_key"$/m);
    assert.equal(image.read("/etc/opsen/server_key"), "a-secret");
    assert.equal(image.mode("/etc/opsen/server_key"), 0o640);
    assert.match(
      image.read("/etc/systemd/system/opsen-client.service"),
      /^ExecStart=\/opt\/tools\/bin\/opsen client /m,
    );
    assert.doesNotMatch(out, /a-secret/);
    const check = ["--role", "client", "--config"];
    const { out: checked } = await opsen(
      ["config", "check", ...check, image.path("/etc/opsen/client.yml")],
    );
    assert.match(checked, /ok/);
  });
});

Deno.test("a server opens itself to others only with a key", async () => {
  await inImage(async (image) => {
    await image.opsen("install", "server");
    assert.match(
      image.read("/etc/opsen/server.yml"),
      /^host: "127\.0\.0\.1"$/m,
    );
  });
  await inImage(async (image) => {
    await Deno.writeTextFile(image.path("/key"), "a-secret");
    await image.opsen("install", "server", "--key-file", image.path("/key"));
    assert.match(image.read("/etc/opsen/server.yml"), /^host: "0\.0\.0\.0"$/m);
  });
});

Deno.test("installing again keeps the configuration, and replaces what differs", async () => {
  await inImage(async (image) => {
    await image.opsen("install", "server");
    const { out: again } = await image.opsen("install", "server");
    assert.doesNotMatch(again, /^(write|replace|make)/m);

    await Deno.writeTextFile(image.path("/etc/opsen/server.yml"), "port: 1\n");
    await Deno.writeTextFile(image.path("/program"), `${PROGRAM}# newer\n`);
    const { code, out } = await image.opsen("install", "server");
    assert.equal(code, 0);
    assert.match(out, /^keep +\/etc\/opsen\/server\.yml$/m);
    assert.match(out, /^replace +\/usr\/local\/bin\/opsen$/m);
    assert.equal(image.read("/etc/opsen/server.yml"), "port: 1\n");
    assert.match(image.read("/usr/local/bin/opsen"), /newer/);
  });
});

Deno.test("a dry run tells and does nothing", async () => {
  await inImage(async (image) => {
    const { code, out } = await image.opsen("install", "client", "--dry-run");
    assert.equal(code, 0);
    assert.match(out, /^write +\/etc\/opsen\/client\.yml$/m);
    assert.match(out, /Nothing was done/);
    assert.equal(image.has("/etc"), false);
    assert.equal(image.has("/usr"), false);
  });
});

Deno.test("removing keeps what was configured, and a purge does not", async () => {
  await inImage(async (image) => {
    await image.opsen("install", "server");
    await image.opsen("install", "client");
    await Deno.mkdir(image.path("/opt/opsen"), { recursive: true });
    await Deno.writeTextFile(image.path("/opt/opsen/opsen.db"), "go");

    assert.equal((await image.opsen("uninstall", "client")).code, 0);
    assert.equal(
      image.has("/etc/systemd/system/opsen-client.service"),
      false,
    );
    assert.ok(image.has("/usr/local/bin/opsen"), "the server needs it still");

    assert.equal((await image.opsen("uninstall")).code, 0);
    assert.equal(image.has("/usr/local/bin/opsen"), false);
    assert.ok(image.has("/etc/opsen/server.yml"));
    assert.ok(image.has("/var/lib/opsen"));

    assert.equal((await image.opsen("uninstall", "--purge")).code, 0);
    assert.equal(image.has("/etc/opsen"), false);
    assert.equal(image.has("/var/lib/opsen"), false);
    assert.equal(image.read("/opt/opsen/opsen.db"), "go");
  });
});

Deno.test("files of the Debian package are left to dpkg", async () => {
  await inImage(async (image) => {
    const info = image.path("/var/lib/dpkg/info");
    await Deno.mkdir(info, { recursive: true });
    await Deno.writeTextFile(`${info}/opsen.list`, "/.\n/usr/bin/opsen\n");
    for (const command of [["install", "server"], ["uninstall"]]) {
      const { code, err } = await image.opsen(...command);
      assert.equal(code, 77);
      assert.match(err, /apt/);
    }
    assert.equal(image.has("/etc"), false);
  });
});

Deno.test("what can't be meant is refused before anything is done", async () => {
  await inImage(async (image) => {
    for (
      const [flags, said] of [
        [["server", "--server", "http://a:1"], /only a client/],
        [["client", "--server", "a:1"], /wanted a URL/],
        [["client", "--prefix", "tools"], /absolute path/],
        [["client", "--now"], /nothing runs in a folder/],
      ] as const
    ) {
      const { code, err } = await image.opsen("install", ...flags);
      assert.equal(code, 64, flags.join(" "));
      assert.match(err, said);
    }
    assert.equal((await opsen(["install", "router"])).code, 64);
    assert.equal(image.has("/etc"), false);
  });
});

Deno.test("a root that is empty or not there is refused, because it would be another machine than was meant", async () => {
  for (const root of ["", "/nowhere/image"]) {
    for (const command of [["install", "server"], ["uninstall", "--purge"]]) {
      // A dry run, should it not be refused.
      const flags = ["--root", root, "--executable", "/bin/sh", "--dry-run"];
      const { code, out, err } = await opsen([
        ...command,
        ...command[0] === "install" ? flags : flags.toSpliced(2, 2),
      ]);
      assert.deepEqual([code, out], [64, ""], command.join(" "));
      assert.match(err, /^--root: found ".*", wanted a folder that is there/);
    }
  }
  for (const prefix of ["", "tools"]) {
    const ran = await opsen(["uninstall", "--prefix", prefix, "--dry-run"]);
    assert.deepEqual([ran.code, ran.out], [64, ""]);
  }
});

Deno.test("what was asked for and a kept configuration does not get is said", async () => {
  await inImage(async (image) => {
    const { out: first } = await image.opsen("install", "client");
    assert.doesNotMatch(first, /stays as it is/);
    const url = "http://decider:8080/$&";
    const { out } = await image.opsen("install", "client", "--server", url);
    assert.match(out, /client\.yml was there and stays as it is; see that it/);
    assert.ok(out.includes(`says server_url: "${url}"\n`), out);
    await Deno.remove(image.path("/etc/opsen/client.yml"));
    await image.opsen("install", "client", "--server", url);
    const config = image.read("/etc/opsen/client.yml");
    assert.ok(config.includes(`\nserver_url: "${url}"\n`), config);
  });
});

Deno.test("a key file that can't be read ends the installation with its name", async () => {
  await inImage(async (image) => {
    const missing = image.path("/no-key");
    const { code, err } = await image.opsen(
      ...["install", "server", "--key-file", missing],
    );
    assert.equal(code, 74);
    assert.ok(err.startsWith(`Cannot read "${missing}"`), err);
    assert.equal(image.has("/usr"), false);
  });
});

/** A folder that stands for a machine. */
interface Image {
  path(path: string): string;
  read(path: string): string;
  has(path: string): boolean;
  mode(path: string): number;
  /** Runs the command on the image. */
  opsen(...args: readonly string[]): ReturnType<typeof opsen>;
}

async function inImage(work: (image: Image) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "opsen-image-" });
  const path = (path: string) => `${root}${path}`;
  const has = (name: string) => {
    try {
      Deno.lstatSync(path(name));
      return true;
    } catch {
      return false;
    }
  };
  try {
    await Deno.writeTextFile(path("/program"), PROGRAM);
    await work({
      path,
      has,
      read: (name) => Deno.readTextFileSync(path(name)),
      mode: (name) => (Deno.statSync(path(name)).mode ?? 0) & 0o777,
      opsen: (...args) =>
        opsen([
          ...args,
          ...["--root", root],
          ...args[0] === "install" ? ["--executable", path("/program")] : [],
        ]),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
