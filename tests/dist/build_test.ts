import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { Builder } from "../../dist/build/builder.ts";
import { main } from "../../dist/build.ts";
import { Progress } from "../../dist/build/progress.ts";
import { toolTest } from "../tools.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname)
  .replace(/\/$/, "");
const NEEDED = ["sh", "stat", "mktemp", "head", "tail", "gzip"];

Deno.test("a role that does not exist is a usage error", async () => {
  assert.equal(await silently(() => main(["--role", "router"])), 64);
  assert.equal(await silently(() => main(["--rol", "server"])), 64);
  assert.equal(await silently(() => main(["--help"])), 0);
});

Deno.test("clean removes what builds leave and nothing else", async () => {
  const out = await Deno.makeTempDir();
  try {
    for (
      const name of ["opsen", "opsen-server", "opsen-client", "opsen.service"]
    ) {
      await Deno.writeTextFile(`${out}/${name}`, "");
    }
    await Deno.mkdir(`${out}/.build/x`, { recursive: true });
    assert.equal(await main(["--clean", "--out", out]), 0);
    assert.deepEqual([...Deno.readDirSync(out)].map(({ name }) => name), [
      "opsen.service",
    ]);
    assert.equal(await main(["--clean", "--out", out]), 0);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

toolTest(
  NEEDED,
  "a self-extracting executable is the program, wherever it is started",
  async (t) => {
    const out = await Deno.makeTempDir({ prefix: "opsen build " });
    try {
      const file = `${out}/opsen-fixture`;
      await t.step("it is built, and the working folder is gone", async () => {
        await build(out);
        assert.deepEqual([...Deno.readDirSync(out)].map(({ name }) => name), [
          "opsen-fixture",
        ]);
      });

      await t.step(
        "first starts at the same time unpack one cache, which nobody else can enter",
        async () => {
          const starts = await Promise.all(
            [1, 2, 3].map(() =>
              run(file, ["version"], { XDG_CACHE_HOME: `${out}/cache` })
            ),
          );
          for (const { code, stdout, stderr } of starts) {
            assert.deepEqual([code, stdout, stderr], [
              0,
              `${denoJson.version}\n`,
              "",
            ]);
          }
          const cache = `${out}/cache/opsen`;
          assert.equal(modeOf(cache), 0o700);
          const files = [...walk(cache)].filter((path) =>
            !path.includes("/deno/")
          );
          assert.deepEqual(
            files.map((path) => path.slice(path.lastIndexOf("/") + 1)).sort(),
            ["opsen", "opsen.js"],
          );
          for (const path of files) {
            assert.equal(modeOf(path) & 0o077, 0, path);
          }
        },
      );

      const env = { XDG_CACHE_HOME: `${out}/cache` };
      await t.step("arguments survive", async () => {
        const args = [
          "two words",
          "",
          "--help",
          "-A",
          "$HOME",
          "a'b\"c",
          "line\nend",
          "*",
        ];
        assert.deepEqual(
          JSON.parse((await run(file, ["args", ...args], env)).stdout),
          args,
        );
      });

      await t.step(
        "exit codes, standard input and lazy imports pass through",
        async () => {
          assert.equal((await run(file, ["exit", "7"], env)).code, 7);
          assert.equal(
            (await run(file, ["cat"], env, "some\ninput")).stdout,
            "some\ninput",
          );
          assert.equal(
            (await run(file, ["lazy"], env)).stdout,
            "loaded lazily\n",
          );
        },
      );

      await t.step(
        "signals reach the program, because it has the shell's process id",
        async () => {
          const child = new Deno.Command(file, {
            args: ["wait"],
            env,
            stdout: "piped",
            stderr: "null",
          }).spawn();
          const reader = child.stdout.pipeThrough(new TextDecoderStream())
            .getReader();
          assert.equal((await reader.read()).value, `pid ${child.pid}\n`);
          child.kill("SIGTERM");
          assert.equal((await child.status).code, 42);
          await reader.cancel();
        },
      );

      await t.step("the file mask of the caller is kept", async () => {
        const { stdout } = await run("/bin/sh", [
          "-c",
          `umask 027; exec "$0" umask`,
          file,
        ], env);
        assert.equal(stdout, `${0o027}\n`);
      });

      await t.step(
        "it has the permissions it was built with and asks for no others",
        async () => {
          assert.equal(
            (await run(file, ["permission", "net"], env)).stdout,
            "granted\n",
          );
          assert.equal(
            (await run(file, ["permission", "run"], env)).stdout,
            "denied\n",
          );
        },
      );

      await t.step(
        "it works from any folder, through a link, by name, and beside a broken package.json",
        async () => {
          const folder = `${out}/elsewhere`;
          await Deno.mkdir(folder);
          await Deno.writeTextFile(`${folder}/package.json`, "{broken");
          await Deno.writeTextFile(`${folder}/deno.json`, "{broken");
          await Deno.symlink(file, `${folder}/opsen`);
          for (
            const [command, args] of [["./opsen", []], ["/bin/sh", [
              "opsen",
            ]]] as const
          ) {
            const { code, stderr } = await run(
              command,
              [...args, "version"],
              env,
              "",
              folder,
            );
            assert.equal(code, 0, stderr);
          }
          const path = `${folder}:${Deno.env.get("PATH")}`;
          assert.equal(
            (await run("/bin/sh", ["-c", "opsen exit 9"], {
              ...env,
              PATH: path,
            })).code,
            9,
          );
        },
      );

      await t.step(
        "a truncated or replaced file of the cache is not executed but unpacked again",
        async () => {
          for (
            const path of [...walk(`${out}/cache/opsen`)].filter((path) =>
              /\/opsen(\.js)?$/.test(path)
            )
          ) {
            await Deno.remove(path);
            await Deno.writeTextFile(path, "console.log('not ours')", {
              mode: 0o500,
            });
            const { code, stdout } = await run(file, ["version"], env);
            assert.deepEqual(
              [code, stdout],
              [0, `${denoJson.version}\n`],
              path,
            );
          }
        },
      );

      await t.step(
        "a cache that others may enter is closed before it is used",
        async () => {
          for (const { name } of [...Deno.readDirSync(`${out}/cache/opsen`)]) {
            if (name !== "deno") {
              await Deno.chmod(
                `${out}/cache/opsen/${name}`,
                0o777,
              );
            }
          }
          assert.equal((await run(file, ["exit", "3"], env)).code, 3);
          for (const { name } of Deno.readDirSync(`${out}/cache/opsen`)) {
            if (name !== "deno") {
              assert.equal(
                modeOf(`${out}/cache/opsen/${name}`),
                0o700,
              );
            }
          }
        },
      );

      await t.step(
        "a folder behind a symbolic link is passed over",
        async () => {
          await Deno.mkdir(`${out}/linked/opsen`, { recursive: true });
          await Deno.mkdir(`${out}/xdg`);
          await Deno.symlink(`${out}/linked/opsen`, `${out}/xdg/opsen`);
          const { code } = await run(file, ["exit", "5"], {
            XDG_CACHE_HOME: `${out}/xdg`,
            HOME: `${out}/home`,
            TMPDIR: out,
          });
          assert.equal(code, 5);
          assert.deepEqual([...walk(`${out}/linked`)], []);
        },
      );

      await t.step(
        "where no folder takes it, it says so and ends with 73",
        async () => {
          const nowhere = "/proc/opsen-has-no-folder-here";
          const { code, stderr } = await run(file, ["version"], {
            XDG_CACHE_HOME: nowhere,
            HOME: nowhere,
            TMPDIR: nowhere,
          });
          assert.equal(code, 73);
          assert.match(
            stderr,
            /^opsen: Cannot unpack ".*": no cache folder takes \d+ MB .*\n$/,
          );
        },
      );

      await t.step("a damaged executable is not executed", async () => {
        const damaged = `${out}/damaged`;
        const bytes = await Deno.readFile(file);
        await Deno.writeFile(damaged, bytes.subarray(0, bytes.length - 100), {
          mode: 0o755,
        });
        const elsewhere = `${out}/damaged-cache`;
        const { code } = await run(damaged, ["version"], {
          XDG_CACHE_HOME: elsewhere,
          HOME: "/proc",
          TMPDIR: "/proc",
        });
        assert.equal(code, 73);
        assert.deepEqual(
          [...walk(elsewhere)].filter((path) => path.includes(".part.")),
          [],
        );
      });
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  },
);

async function build(out: string): Promise<void> {
  await using builder = await Builder.open({
    root: ROOT,
    out,
    version: denoJson.version,
    isSelfExtracting: true,
    progress: new Progress(() => {}),
  });
  const built = await builder.build({
    role: "fixture",
    file: "opsen-fixture",
    entry: "tests/dist/fixture/program.ts",
    permissions: ["--allow-net", "--allow-read", "--allow-sys"],
  });
  assert.equal(built.kind, "self-extracting");
}

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  input = "",
  cwd = "/",
): Promise<
  { readonly code: number; readonly stdout: string; readonly stderr: string }
> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { CACHE_DIRECTORY: "", ...env },
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  if (input !== "") await writer.write(new TextEncoder().encode(input));
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

function* walk(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* walk(path);
    else yield path;
  }
}

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

/** Runs with the console quiet. */
async function silently<T>(work: () => Promise<T>): Promise<T> {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    return await work();
  } finally {
    Object.assign(console, { log, error });
  }
}
