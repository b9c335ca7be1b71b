import assert from "node:assert/strict";
import { artefactsFor } from "../../dist/build/artefact.ts";
import type { Accompanying } from "../../dist/release/accompanying.ts";
import {
  type DebianParts,
  writeDebianPackage,
} from "../../dist/release/debian_package.ts";
import { textFile } from "../../dist/release/release_file.ts";
import { outputOf } from "../../dist/release/run_tool.ts";
import { TARGETS } from "../../dist/release/target.ts";
import { toolTest } from "../tools.ts";
import { inFolder, run } from "./executable.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname)
  .replace(/\/$/, "");
const DEBIAN = `${ROOT}/dist/debian`;

const ACCOMPANYING: Accompanying = {
  bash: "# bash\n",
  zsh: "#compdef opsen\n",
  fish: "# fish\n",
  manuals: [textFile("man1/opsen.1", ".TH OPSEN 1\n")],
  examples: { server: "port: 1\n", client: "server_url: x\n" },
  schemas: [textFile("server.schema.json", "{}\n")],
  observing: [textFile("grafana/opsen.json", "{}\n")],
  guides: [textFile("README.md", "# Opsen\n")],
  container: [],
};

toolTest(
  ["dpkg-deb", "xz"],
  "a package has its files where Debian wants them, with the owners and modes that installing needs",
  async () => {
    await inFolder(async (folder) => {
      const file = await made(folder, "a");
      const field = (name: string) => outputOf("dpkg-deb", ["-f", file, name]);
      assert.equal(await field("Package"), "opsen");
      assert.equal(await field("Version"), "1.2.3");
      assert.equal(await field("Architecture"), "arm64");

      const rows = (await outputOf("dpkg-deb", ["-c", file])).split("\n");
      const standing = new Map(rows.map((row) => {
        const [mode = "", owner = "", , , , path = "", ...link] = row.split(
          /\s+/,
        );
        return [path, [mode, owner, ...link].join(" ")];
      }));
      assert.deepEqual(
        [
          ...["./etc/opsen/", "./etc/opsen/server.yml", "./usr/bin/opsen"],
          ...["./usr/bin/opsen-server", "./usr/lib/opsen/deno"],
          "./usr/lib/systemd/system/opsen-client.service",
          "./usr/share/man/man1/opsen.1.gz",
          "./usr/share/bash-completion/completions/opsen",
          "./usr/share/doc/opsen/copyright",
        ].map((path) => standing.get(path)),
        [
          "drwxr-x--- root/root",
          "-rw-r----- root/root",
          "-rwxr-xr-x root/root",
          "lrwxrwxrwx root/root -> opsen",
          "-rwxr-xr-x root/root",
          "-rw-r--r-- root/root",
          "-rw-r--r-- root/root",
          "-rw-r--r-- root/root",
          "-rw-r--r-- root/root",
        ],
      );
      const unit = await Deno.readTextFile(
        `${folder}/a/usr/lib/systemd/system/opsen-server.service`,
      );
      assert.match(unit, /^ExecStart=\/usr\/bin\/opsen-server /m);
      assert.doesNotMatch(unit, /\/usr\/local|By hand/);
      assert.deepEqual(
        (await Deno.readTextFile(`${folder}/a/DEBIAN/conffiles`)).trim()
          .split("\n").toSorted(),
        ["/etc/opsen/client.yml", "/etc/opsen/server.yml"],
      );
    });
  },
);

toolTest(
  ["dpkg-deb", "xz"],
  "a package has the same bytes when it is made again",
  async () => {
    await inFolder(async (folder) => {
      const first = await Deno.readFile(await made(folder, "a"));
      const second = await Deno.readFile(await made(folder, "b"));
      assert.deepEqual(second, first);
    });
  },
);

for (const script of ["postinst", "prerm", "postrm"]) {
  toolTest("sh", `${script} is a script that a shell can read`, async () => {
    const { code, stderr } = await run("sh", ["-n", `${DEBIAN}/${script}`]);
    assert.deepEqual([code, stderr], [0, ""]);
  });
}

Deno.test("no script of the package removes a folder of the Go Opsen", async () => {
  for (const script of ["postinst", "prerm", "postrm"]) {
    const text = await Deno.readTextFile(`${DEBIAN}/${script}`);
    for (const line of text.split("\n").filter((line) => /\brm\b/.test(line))) {
      assert.doesNotMatch(line, /\/opt/);
    }
  }
});

Deno.test("no script of the package follows a link that the service could have made", async () => {
  for (const script of ["postinst", "postrm"]) {
    const text = await Deno.readTextFile(`${DEBIAN}/${script}`);
    for (const [call] of text.matchAll(/chown .*"\$file"/g)) {
      assert.match(call, /^chown -h /);
    }
  }
});

/** A package of next to nothing, staged in `folder/name`. */
async function made(folder: string, name: string): Promise<string> {
  const target = TARGETS.find(({ debian }) => debian === "arm64");
  assert.ok(target !== undefined);
  await Deno.writeTextFile(`${folder}/runtime`, "no program");
  const parts: DebianParts = {
    root: ROOT,
    version: "1.2.3",
    epochSeconds: 1_700_000_000,
    target,
    runtime: `${folder}/runtime`,
    programs: artefactsFor(target.deno).map((artefact) =>
      [artefact, {
        entry: "/x/main.js",
        modules: [{ name: "main.js", content: new TextEncoder().encode("1") }],
      }] as const
    ),
    accompanying: ACCOMPANYING,
    sbom: "{}\n",
    licences: "none\n",
  };
  const file = `${folder}/${name}.deb`;
  const ran = await writeDebianPackage(parts, `${folder}/${name}`, file);
  assert.equal(ran.kind, "ok", JSON.stringify(ran));
  return file;
}
