import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { main } from "../../dist/build.ts";
import { freePort } from "../free_port.ts";
import { toolTest } from "../tools.ts";
import { inFolder, run } from "./executable.ts";

Deno.test("a role that does not exist is a usage error", async () => {
  assert.equal((await captured(["--role", "router"])).code, 64);
  assert.equal((await captured(["--rol", "server"])).code, 64);
  assert.equal((await captured(["server"])).code, 64);
});

Deno.test("help is printed when it is asked for", async () => {
  const { code, out } = await captured(["--help"]);
  assert.equal(code, 0);
  assert.match(out, /--role ROLE +opsen, server, client or all/);
});

Deno.test("clean removes what builds leave and nothing else", async () => {
  await inFolder(async (out) => {
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
  });
});

toolTest(
  ["sh", "stat", "mktemp", "head", "tail", "gzip", "tar"],
  "the server's executable serves with the permissions it has, and ends well",
  async () => {
    await inFolder(async (folder) => {
      const { code, out } = await captured([
        "--self-extracting",
        "--role",
        "server",
        "--out",
        folder,
        "--json",
      ]);
      assert.equal(code, 0);
      const { version, built: [server, ...others] } = JSON.parse(out);
      assert.deepEqual([version, others, server.kind], [
        denoJson.version,
        [],
        "self-extracting",
      ]);
      assert.ok(server.bytes > server.bundleBytes);

      const env = { XDG_CACHE_HOME: `${folder}/cache` };
      assert.deepEqual(await run(server.file, ["--version"], { env }), {
        code: 0,
        stdout: `${denoJson.version}\n`,
        stderr: "",
      });
      await Deno.writeTextFile(`${folder}/server.yml`, "prot: 8080\n");
      const refused = await run(server.file, [
        "--config",
        `${folder}/server.yml`,
      ], { env });
      assert.equal(refused.code, 64);
      assert.match(refused.stderr, /server\.yml:1:1 prot: /);
      await serve(server.file, folder, env);
    });
  },
);

/** Runs the server through registration, report, decision and a proper end. */
async function serve(
  file: string,
  folder: string,
  env: Record<string, string>,
): Promise<void> {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = `${folder}/good.yml`;
  await Deno.writeTextFile(config, "host: 127.0.0.1\nlog_level: debug\n");
  const flags = ["--config", config, "--db", `${folder}/data/opsen.db`];
  const child = new Deno.Command(file, {
    args: flags,
    env: { ...env, OPSEN_PORT: `${port}` },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  try {
    await untilHealthy(url);
    assert.equal(await post(`${url}/register`, REGISTRATION), 200);
    assert.equal(await post(`${url}/stats`, REPORT), 200);
    assert.equal(
      await post(`${url}/route`, { tier: "small", client_ip: "127.0.0.1" }),
      200,
    );
  } finally {
    child.kill("SIGTERM");
  }
  assert.equal((await child.status).code, 0, await said);
  assert.doesNotMatch(await said, /NotCapable|Requires .* access/);
  if (Deno.build.os === "linux") assert.match(await said, /driver=epoll/);
  assert.ok((await Deno.stat(`${folder}/data/opsen.db`)).size > 0);
}

const REGISTRATION = {
  client_id: "backend-1",
  hostname: "one",
  public_ip: "127.0.0.1",
  local_ip: "127.0.0.1",
  latitude: 0,
  longitude: 0,
  country: "",
  city: "",
  total_cpu: 8,
  total_memory_gb: 32,
  total_storage_gb: 100,
  endpoint_url: "http://127.0.0.1:11000",
};

const REPORT = {
  client_id: "backend-1",
  hostname: "one",
  timestamp: "2026-11-20T16:04:00Z",
  cpu_cores: 8,
  cpu_usage_avg: Array(8).fill(5),
  memory_total_gb: 32,
  memory_used_gb: 2,
  memory_avail_gb: 30,
  disk_total_gb: 100,
  disk_used_gb: 10,
  disk_avail_gb: 90,
};

async function post(url: string, body: unknown): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

async function untilHealthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      const response = await fetch(`${url}/health`);
      await response.body?.cancel();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Cannot reach "${url}": the server did not start`);
}

/** Runs the build and keeps what it prints. */
async function captured(
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string }> {
  const { log, error } = console;
  const out: string[] = [];
  console.log = (text: string) => out.push(text);
  console.error = () => {};
  try {
    return { code: await main(args), out: out.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}
