import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { Builder } from "../../dist/build/builder.ts";
import { Progress } from "../../dist/build/progress.ts";
import { toolTest } from "../tools.ts";
import { filesBelow, inFolder, modeOf, run } from "./executable.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname)
  .replace(/\/$/, "");
const VERSION_LINE = `${denoJson.version}\n`;

/** A built executable, a folder for what a step makes, and a cache that all steps share. */
interface Subject {
  readonly file: string;
  readonly folder: string;
  readonly cache: string;
  readonly env: Readonly<Record<string, string>>;
}

const STEPS: Readonly<Record<string, (subject: Subject) => Promise<void>>> = {
  "first starts at the same time share one cache": concurrentFirstStarts,
  "nobody else can enter the cache": privateCache,
  "arguments survive": argumentsSurvive,
  "exit codes and standard input pass through": exitCodesAndInput,
  "what is imported lazily is there": lazyImports,
  "signals reach the program, because it has the shell's process id": signals,
  "the file mask of the caller is kept": fileMask,
  "it has the permissions it was built with and asks for no others":
    permissions,
  "it works from any folder, through a link and by name": anyFolder,
  "a truncated or replaced file of the cache is not executed but unpacked again":
    damagedCache,
  "a cache that others may enter is closed before it is used": openCache,
  "a cache behind a symbolic link is passed over": linkedCache,
  "the service manager's cache folder may be a link": managedCache,
  "where no folder takes it, it says so and ends with 73": noCache,
  "a damaged executable is not executed": damagedExecutable,
};

toolTest(
  ["sh", "stat", "mktemp", "head", "tail", "gzip", "tar"],
  "a self-extracting executable is the program, wherever it is started",
  async (t) => {
    await inFolder(async (out) => {
      await t.step("it is built, and nothing else is left", async () => {
        await build(out);
        assert.deepEqual([...filesBelow(out)], [`${out}/opsen-fixture`]);
      });
      for (const [name, step] of Object.entries(STEPS)) {
        const folder = await Deno.makeTempDir({ dir: out });
        const subject = {
          file: `${out}/opsen-fixture`,
          folder,
          cache: `${out}/cache/opsen`,
          env: { XDG_CACHE_HOME: `${out}/cache` },
        };
        await t.step(name, () => step(subject));
      }
    });
  },
);

async function build(out: string): Promise<void> {
  await using builder = await Builder.open({
    root: ROOT,
    out,
    version: denoJson.version,
    source: { commit: "unknown", epochSeconds: 0 },
    isSelfExtracting: true,
    progress: new Progress(() => {}),
  });
  const built = await builder.build({
    role: "fixture",
    file: "opsen-fixture",
    entry: "tests/dist/fixture/program.ts",
    permissions: ["--allow-net", "--allow-read", "--allow-sys"],
    smallFor: "small",
  });
  assert.equal(built.kind, "self-extracting");
}

async function concurrentFirstStarts({ file, env }: Subject): Promise<void> {
  const starts = await Promise.all(
    [1, 2, 3].map(() => run(file, ["version"], { env })),
  );
  for (const start of starts) {
    assert.deepEqual(start, { code: 0, stdout: VERSION_LINE, stderr: "" });
  }
}

function privateCache({ cache }: Subject): Promise<void> {
  assert.equal(modeOf(cache), 0o700);
  const names = [];
  for (const path of ownFiles(cache)) {
    assert.equal(modeOf(path) & 0o077, 0, path);
    names.push(
      path.replace(/^.*\//, "").replace(/-[A-Z0-9]+\.js$/, "-HASH.js"),
    );
  }
  assert.deepEqual(names.filter((name) => !name.startsWith("chunk-")).sort(), [
    "lazy-HASH.js",
    "lines.json",
    "opsen",
    "program.js",
  ]);
  return Promise.resolve();
}

async function argumentsSurvive({ file, env }: Subject): Promise<void> {
  const args = [
    "two words",
    "",
    "--help",
    "-A",
    "$HOME",
    "a'b\"c",
    "line\nend",
    "*",
    "--",
    "ü",
  ];
  assert.deepEqual(
    JSON.parse((await run(file, ["args", ...args], { env })).stdout),
    args,
  );
}

async function exitCodesAndInput({ file, env }: Subject): Promise<void> {
  assert.equal((await run(file, ["exit", "7"], { env })).code, 7);
  assert.equal(
    (await run(file, ["cat"], { env, input: "some\ninput" })).stdout,
    "some\ninput",
  );
}

async function lazyImports({ file, env }: Subject): Promise<void> {
  assert.equal((await run(file, ["lazy"], { env })).stdout, "loaded lazily\n");
}

async function signals({ file, env }: Subject): Promise<void> {
  const child = new Deno.Command(file, {
    args: ["wait"],
    env,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, `pid ${child.pid}\n`);
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 42);
  await reader.cancel();
}

async function fileMask({ file, env }: Subject): Promise<void> {
  const { stdout } = await run("/bin/sh", [
    "-c",
    `umask 027; exec "$0" umask`,
    file,
  ], { env });
  assert.equal(stdout, `${0o027}\n`);
}

async function permissions({ file, env }: Subject): Promise<void> {
  assert.equal(
    (await run(file, ["permission", "net"], { env })).stdout,
    "granted\n",
  );
  assert.equal(
    (await run(file, ["permission", "run"], { env })).stdout,
    "denied\n",
  );
}

async function anyFolder({ file, env, folder }: Subject): Promise<void> {
  await Deno.writeTextFile(`${folder}/package.json`, "{broken");
  await Deno.writeTextFile(`${folder}/deno.json`, "{broken");
  await Deno.symlink(file, `${folder}/opsen`);
  for (
    const [command, args] of [["./opsen", []], ["/bin/sh", ["opsen"]]] as const
  ) {
    const start = await run(command, [...args, "version"], {
      env,
      cwd: folder,
    });
    assert.deepEqual(start, { code: 0, stdout: VERSION_LINE, stderr: "" });
  }
  const path = `${folder}:${Deno.env.get("PATH")}`;
  assert.equal(
    (await run("/bin/sh", ["-c", "opsen exit 9"], {
      env: { ...env, PATH: path },
    })).code,
    9,
  );
}

async function damagedCache({ file, env, cache }: Subject): Promise<void> {
  for (const path of ownFiles(cache)) {
    await Deno.remove(path);
    await Deno.writeTextFile(path, "console.log('not ours')", { mode: 0o500 });
    const start = await run(file, ["version"], { env });
    assert.deepEqual(
      start,
      { code: 0, stdout: VERSION_LINE, stderr: "" },
      path,
    );
  }
}

async function openCache({ file, env, cache }: Subject): Promise<void> {
  const folders = [
    ...new Set(ownFiles(cache).map((path) => path.replace(/\/[^/]*$/, ""))),
  ];
  assert.equal(folders.length, 2);
  for (const folder of folders) await Deno.chmod(folder, 0o777);
  assert.equal((await run(file, ["exit", "3"], { env })).code, 3);
  for (const folder of folders) assert.equal(modeOf(folder), 0o700);
}

async function linkedCache({ file, folder }: Subject): Promise<void> {
  await Deno.mkdir(`${folder}/elsewhere`);
  await Deno.mkdir(`${folder}/cache`);
  await Deno.symlink(`${folder}/elsewhere`, `${folder}/cache/opsen`);
  const env = {
    XDG_CACHE_HOME: `${folder}/cache`,
    HOME: `${folder}/no-home`,
    TMPDIR: folder,
  };
  assert.equal((await run(file, ["exit", "5"], { env })).code, 5);
  assert.deepEqual([...filesBelow(`${folder}/elsewhere`)], []);
}

async function managedCache({ file, folder }: Subject): Promise<void> {
  await Deno.mkdir(`${folder}/private`);
  await Deno.symlink(`${folder}/private`, `${folder}/cache`);
  const env = {
    XDG_CACHE_HOME: "",
    CACHE_DIRECTORY: `${folder}/cache`,
    HOME: `${folder}/no-home`,
    TMPDIR: `${folder}/no-temporary`,
  };
  assert.equal((await run(file, ["exit", "5"], { env })).code, 5);
  assert.notDeepEqual([...filesBelow(`${folder}/private`)], []);
}

async function noCache({ file }: Subject): Promise<void> {
  const nowhere = "/proc/opsen-has-no-folder-here";
  const env = { XDG_CACHE_HOME: nowhere, HOME: nowhere, TMPDIR: nowhere };
  const { code, stderr } = await run(file, ["version"], { env });
  assert.equal(code, 73);
  assert.match(
    stderr,
    /^opsen: Cannot unpack ".*": no cache folder takes \d+ MB .*\n$/,
  );
}

async function damagedExecutable({ file, folder }: Subject): Promise<void> {
  const bytes = await Deno.readFile(file);
  const env = {
    XDG_CACHE_HOME: `${folder}/cache`,
    HOME: "/proc",
    TMPDIR: "/proc",
  };
  // Cut off behind, and one byte of the runtime turned around.
  const cut = bytes.subarray(0, bytes.length - 100);
  const turned = bytes.with(1_000_000, (bytes[1_000_000] ?? 0) ^ 0xff);
  for (const damaged of [cut, turned]) {
    await Deno.writeFile(`${folder}/damaged`, damaged, { mode: 0o755 });
    assert.equal(
      (await run(`${folder}/damaged`, ["version"], { env })).code,
      73,
    );
    assert.deepEqual(
      [...filesBelow(`${folder}/cache`)].filter((path) =>
        path.includes(".part.")
      ),
      [],
    );
  }
}

/** The unpacked files, without what the runtime caches beside them. */
function ownFiles(cache: string): readonly string[] {
  return [...filesBelow(cache)].filter((path) =>
    !path.startsWith(`${cache}/deno/`)
  );
}
