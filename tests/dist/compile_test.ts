import assert from "node:assert/strict";
import { compile } from "../../dist/build/compile.ts";
import { proveItRuns } from "../../dist/build/prove_it_runs.ts";

Deno.test("where the base runtime can't be downloaded, that is an outcome and no failure", async () => {
  await inFolder(async (folder) => {
    // Nothing listens on port 1, and an empty cache has no base runtime of an earlier compilation.
    const proxy = "http://127.0.0.1:1";
    const env = {
      DENO_DIR: `${folder}/cache`,
      HTTPS_PROXY: proxy,
      https_proxy: proxy,
      DENORT_BIN: undefined,
    };
    assert.deepEqual(
      await withEnv(
        env,
        () => compile(`${folder}/opsen.js`, [], `${folder}/opsen`),
      ),
      {
        kind: "no_base_runtime",
      },
    );
  });
});

Deno.test("a base runtime that is named but not there is a failure", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(
      withEnv(
        { DENORT_BIN: `${folder}/absent` },
        () => compile(`${folder}/opsen.js`, [], `${folder}/opsen`),
      ),
      /^Error: Cannot compile ".*opsen\.js": /,
    );
  });
});

Deno.test("an executable made with a base runtime that is none is found out before it is put into place", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/opsen`;
    // The whole Deno is taken for its base runtime without complaint, and then reads the arguments as its own.
    const compiled = await withEnv(
      { DENORT_BIN: Deno.execPath() },
      () => compile(`${folder}/opsen.js`, [], file),
    );
    assert.deepEqual(compiled, { kind: "compiled" });
    await assert.rejects(
      proveItRuns(file, "1.2.3", folder),
      /^Error: Cannot prove that ".*" runs: wanted version "1.2.3"/,
    );
  });
});

async function inFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/opsen.js`, `console.log("1.2.3");\n`);
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs with these environment variables, and restores what was there. */
async function withEnv<T>(
  env: Readonly<Record<string, string | undefined>>,
  work: () => Promise<T>,
): Promise<T> {
  const before = Object.keys(env).map((name) =>
    [name, Deno.env.get(name)] as const
  );
  for (const [name, value] of Object.entries(env)) setEnv(name, value);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) setEnv(name, value);
  }
}

function setEnv(name: string, value: string | undefined): void {
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}
