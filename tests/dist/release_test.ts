import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { artefactsFor } from "../../dist/build/artefact.ts";
import { bake } from "../../dist/build/bake.ts";
import type { Program } from "../../dist/build/bundle.ts";
import { sourceFacts } from "../../dist/build/source_facts.ts";
import { main } from "../../dist/release.ts";
import { launcher } from "../../dist/release/launcher.ts";
import { nearestVersion } from "../../dist/release/npm_runtime.ts";
import { textFile } from "../../dist/release/release_file.ts";
import { tarball } from "../../dist/release/tarball.ts";
import { baked, BAKED_MARKS } from "../../src/cli/baked.ts";
import { toolTest } from "../tools.ts";
import { inFolder, run } from "./executable.ts";

Deno.test("a release that can't be meant is a usage error", async () => {
  for (
    const args of [["--arch", "mips"], ["--version", "new"], ["--archh", "x64"]]
  ) assert.equal(await quietly(() => main(args)), 64, args.join(" "));
  assert.equal(await quietly(() => main(["--help"])), 0);
});

Deno.test("what is known at build time stands in place of the marks, in memory and on the disk", async () => {
  await inFolder((folder) => {
    const text =
      `f({commit:"${BAKED_MARKS.commit}",builtAt:"${BAKED_MARKS.builtAt}"})`;
    const program = programOf(folder, { "main.js": text, "other.js": "1" });
    const commit = "0123456789abcdef0123456789abcdef01234567";
    const { modules } = bake(program, { commit, epochSeconds: 1_700_000_000 });
    const filled =
      `f({commit:"${commit}      ",builtAt:"2023-11-14T22:13:20.000Z"})`;
    assert.deepEqual(
      modules.map(({ content }) => new TextDecoder().decode(content)),
      [filled, "1"],
    );
    assert.equal(Deno.readTextFileSync(`${folder}/main.js`), filled);
    return Promise.resolve();
  });
});

Deno.test("a checkout knows no commit, and a build knows the one it was given", () => {
  assert.deepEqual(baked(), { commit: "unknown", builtAt: undefined });
  assert.deepEqual(
    baked({ commit: "0123456-dirty", builtAt: "2023-11-14T22:13:20.000Z" }),
    { commit: "0123456-dirty", builtAt: "2023-11-14T22:13:20.000Z" },
  );
  assert.deepEqual(baked({ commit: "unknown", builtAt: "unknown" }), {
    commit: "unknown",
    builtAt: undefined,
  });
});

Deno.test("a build is dated with SOURCE_DATE_EPOCH, and outside of a checkout knows the commit that it is told", async () => {
  await inFolder(async (folder) => {
    for (const [told, commit] of [["", "unknown"], ["0123abc", "0123abc"]]) {
      assert.deepEqual(await sourceFacts(folder, "1700000000", told), {
        commit,
        epochSeconds: 1_700_000_000,
      });
    }
    await assert.rejects(
      sourceFacts(folder, "0", "main"),
      /^Error: Cannot name the commit: SOURCE_COMMIT is "main"/,
    );
    await assert.rejects(
      sourceFacts(folder, "yesterday"),
      /^Error: Cannot date the build: SOURCE_DATE_EPOCH is "yesterday"/,
    );
  });
});

Deno.test("the runtime of another machine is the same version, or the newest before it of the same minor one", () => {
  const versions = ["2.8.9", "2.9.4", "2.9.5", "2.9.7", "2.10.0", "3.0.0"];
  assert.equal(nearestVersion([...versions, "2.9.6"], "2.9.6"), "2.9.6");
  assert.equal(nearestVersion(versions, "2.9.6"), "2.9.5");
  assert.equal(nearestVersion(["2.8.9", "2.10.0"], "2.9.6"), undefined);
});

toolTest(
  ["tar", "gzip"],
  "an archive has the modes, the times and the long names that it was given",
  async () => {
    const long = `${"folder/".repeat(20)}file.txt`;
    const files = [
      { ...textFile("bin/program", "run"), mode: 0o755 },
      textFile(long, "deep"),
    ];
    const archive = tarball("opsen-1.2.3", files, 1_700_000_000);
    assert.deepEqual(tarball("opsen-1.2.3", files, 1_700_000_000), archive);
    // No time in the header of gzip (RFC 1952, MTIME).
    assert.deepEqual([...archive.subarray(4, 8)], [0, 0, 0, 0]);
    assert.equal(gunzipSync(archive).length % 512, 0);
    await inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/a.tar.gz`, archive);
      const { code } = await run("tar", ["-xpzf", "a.tar.gz"], { cwd: folder });
      assert.equal(code, 0);
      const program = Deno.statSync(`${folder}/opsen-1.2.3/bin/program`);
      assert.equal((program.mode ?? 0) & 0o777, 0o755);
      assert.equal(program.mtime?.getTime(), 1_700_000_000_000);
      assert.equal(
        Deno.readTextFileSync(`${folder}/opsen-1.2.3/${long}`),
        "deep",
      );
    });
  },
);

toolTest(
  "sh",
  "the launcher of a package starts the program that its name asks for, with that one's permissions",
  async () => {
    await inFolder(async (folder) => {
      const programs = artefactsFor("x86_64").map((artefact) =>
        [artefact, { entry: `/x/${artefact.role}.js`, modules: [] }] as const
      );
      // The folder stands in the script; it has no spaces where a package puts it.
      const plain = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(
          `${plain}/deno`,
          `#!/bin/sh\nprintf '%s\\n' "$@"\n`,
          { mode: 0o755 },
        );
        await Deno.writeTextFile(
          `${folder}/opsen`,
          launcher("1.2.3", programs, plain),
          { mode: 0o755 },
        );
        await Deno.symlink("opsen", `${folder}/opsen-server`);
        await Deno.symlink("opsen", `${folder}/opsen-client`);
        const said = async (name: string, ...args: string[]) =>
          (await run(`${folder}/${name}`, args)).stdout.trim().split("\n");

        const server = await said("opsen-server", "--config", "two words");
        assert.deepEqual(server.slice(-3), [
          `${plain}/server/server.js`,
          "--config",
          "two words",
        ]);
        assert.ok(server.includes("--allow-net"));
        assert.ok(!server.includes("--allow-all"));
        assert.ok((await said("opsen-client")).includes("--no-code-cache"));
        assert.ok((await said("opsen", "client")).includes("--no-code-cache"));
        const other = await said("opsen", "clients");
        assert.ok(!other.includes("--no-code-cache"));
        assert.deepEqual(other.slice(-2), [
          `${plain}/opsen/opsen.js`,
          "clients",
        ]);
      } finally {
        await Deno.remove(plain, { recursive: true });
      }
    });
  },
);

/** A program of these modules, in the folder. */
function programOf(
  folder: string,
  texts: Readonly<Record<string, string>>,
): Program {
  const modules = Object.entries(texts).map(([name, text]) => {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
    return { name, content: new TextEncoder().encode(text) };
  });
  return { entry: `${folder}/main.js`, modules };
}

async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    return await work();
  } finally {
    Object.assign(console, { log, error });
  }
}
