import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { exampleYaml } from "../../src/config/example_yaml.ts";
import { jsonSchema } from "../../src/config/json_schema.ts";
import { referenceTable } from "../../src/config/reference_table.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { opsen } from "./fake_shell.ts";

const ORIGINAL_SERVER = fileURLToPath(
  new URL("../fixtures/original-server.yml", import.meta.url),
);
const ORIGINAL_CLIENT = fileURLToPath(
  new URL("../fixtures/original-client.yml", import.meta.url),
);

/** A temporary file with this text, removed at the end of its scope. */
function temporaryFile(text: string): { readonly path: string } & Disposable {
  const path = Deno.makeTempFileSync({ suffix: ".yml" });
  Deno.writeTextFileSync(path, text);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}

Deno.test("check says ok, and warns of what probably is not meant", async () => {
  const { code, out, err } = await opsen([
    "config",
    "check",
    "--config",
    ORIGINAL_SERVER,
  ]);
  assert.deepEqual([code, out], [0, "ok\n"]);
  assert.match(err, /^warn: default_tier is "lite", which is none of/m);
  assert.doesNotMatch(err, /db_max_idle_conns/);
  assert.equal(
    (await opsen([
      "config",
      "check",
      "--role",
      "client",
      "--config",
      ORIGINAL_CLIENT,
    ])).code,
    0,
  );
  assert.deepEqual(await opsen(["config", "check"]), {
    code: 0,
    out: "ok\n",
    err: "",
  });
});

Deno.test("check names every problem and ends with 64", async () => {
  using file = temporaryFile("prot: 1\nstale_minutes: 0\n");
  assert.deepEqual(
    await opsen(["config", "check", "-config", file.path, "-ui=maybe"]),
    {
      code: 64,
      out: "",
      err: `${file.path}:1:1 prot: found an unknown key, wanted "port"
${file.path}:2:16 stale_minutes: found 0, wanted a whole number from 1 to 10080
--ui: found "maybe", wanted true or false
`,
    },
  );
});

Deno.test("check notices a file of the other role, unless the role was said", async () => {
  const { code, err } = await opsen([
    "config",
    "check",
    "--config",
    ORIGINAL_CLIENT,
  ]);
  assert.equal(code, 64);
  assert.match(err, /^It is fine as a client's: --role client$/m);
  const said = await opsen([
    "config",
    "check",
    "--role",
    "server",
    "--config",
    ORIGINAL_CLIENT,
  ]);
  assert.equal(said.code, 64);
  assert.doesNotMatch(said.err, /It is fine/);
});

Deno.test("print tells each value with its source, as YAML that loads and as JSON", async () => {
  using file = temporaryFile(
    "stale_minutes: 9\nserver_key: hunter2\ntiers: [{name: lite, vcpu: 1, memory_gb: 1}]\n",
  );
  const args = [
    "config",
    "print",
    "--config",
    file.path,
    "--port",
    "9000",
    "-no-ui",
    "--json-logging",
  ];
  const env = { OPSEN_HOST: "::1" };
  const { code, out } = await opsen(args, env);
  assert.equal(code, 0);
  for (
    const line of [
      "port: 9000  # --port",
      "ui: false  # --no-ui",
      'host: "::1"  # OPSEN_HOST',
      `stale_minutes: 9  # ${file.path}:1:16`,
      "log_level: info  # default",
      "json_logging: true  # --json-logging",
      "latitude:  # default",
    ]
  ) {
    assert.ok(out.split("\n").includes(line), line);
  }
  assert.equal(parse(out).server_key, "********");
  const json = JSON.parse((await opsen([...args, "--json"], env)).out);
  assert.deepEqual(json.port, { value: 9000, source: "--port" });
  assert.deepEqual(json.latitude, { value: null, source: "default" });
  assert.equal(json.server_key.value, "********");
  assert.equal(json.tiers.value[0].memory_gb, 1);
  assert.equal((await opsen(["config", "print", "--port", "x"])).code, 64);
});

Deno.test("print takes the flags of the role it prints", async () => {
  const { code, out } = await opsen([
    "config",
    "print",
    "--window",
    "5",
    "--role",
    "client",
    "-id=abc",
  ]);
  assert.equal(code, 0);
  assert.match(out, /^window_minutes: 5 {2}# --window-minutes$/m);
  assert.match(out, /^client_id: abc /m);
  assert.equal((await opsen(["config", "print", "--window", "5"])).code, 64);
});

Deno.test("example, schema and reference are those of the role", async () => {
  const roles = [["server", SERVER_ROLE], ["client", CLIENT_ROLE]] as const;
  for (const [name, role] of roles) {
    const { out: example } = await opsen(["config", "example", "--role", name]);
    assert.equal(example, exampleYaml(role));
    assert.deepEqual(
      JSON.parse((await opsen(["config", "schema", "--role", name])).out),
      jsonSchema(role),
    );
    assert.equal(
      (await opsen(["config", "reference", "--role", name])).out,
      referenceTable(role),
    );
  }
});

Deno.test("help of a role lists every flag with its default and its variable", async () => {
  const { out } = await opsen(["server", "--help"]);
  const flat = out.replaceAll(/\s+/g, " ");
  assert.ok(
    flat.includes(
      "--port <number> Port to listen on, 0 for any free one (default 8080, env OPSEN_PORT)",
    ),
    flat,
  );
  assert.ok(flat.includes("--db, --database <text>"));
  assert.ok(flat.includes("env OPSEN_ROUTING_WEIGHTS_REQUEST_DISTANCE"));
  assert.ok(!flat.includes("--no-ui"));
  assert.match(
    (await opsen(["client", "--help"])).out,
    /--id, --client-id <text>/,
  );
});

Deno.test("a file that can't be read is one line", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const missing = await opsen([
      "config",
      "check",
      "--config",
      `${folder}/none.yml`,
    ]);
    assert.deepEqual([missing.code, missing.err], [
      64,
      `${folder}/none.yml: found no such file, wanted a YAML file\n`,
    ]);
    const directory = await opsen(["config", "check", "--config", folder]);
    assert.deepEqual([directory.code, directory.err], [
      64,
      `${folder}: found a directory, wanted a YAML file\n`,
    ]);
  } finally {
    Deno.removeSync(folder);
  }
});

Deno.test("check tells scripts the same as JSON, with the same exit codes", async () => {
  using wrong = temporaryFile("prot: 80\n");
  const faulty = await opsen([
    ...["config", "check", "--json", "--config", wrong.path],
  ]);
  assert.deepEqual([faulty.code, faulty.err], [64, ""]);
  assert.deepEqual(JSON.parse(faulty.out), {
    ok: false,
    problems: [`${wrong.path}:1:1 prot: found an unknown key, wanted "port"`],
  });
  const right = await opsen([
    ...["config", "check", "--json", "--config", ORIGINAL_SERVER],
  ]);
  assert.equal(right.code, 0);
  const { ok, notices } = JSON.parse(right.out);
  assert.equal(ok, true);
  assert.ok(
    notices.some(({ key }: { key: string }) => key === "default_tier"),
  );
});

Deno.test("check names the files that can't be read here, and says ok all the same", async () => {
  using there = temporaryFile("secret\n");
  const gone = `${there.path}.gone`;
  using server = temporaryFile(
    `server_key_file: ${there.path}\ntls_cert_file: ${gone}\ntls_key_file: ${there.path}\n`,
  );
  const { code, out, err } = await opsen([
    ...["config", "check", "--config", server.path],
  ]);
  assert.deepEqual([code, out], [0, "ok\n"]);
  assert.deepEqual(err.match(/^.*can't be read here.*$/gm), [
    `warn: tls_cert_file "${gone}" can't be read here: no such file`,
  ]);
  using client = temporaryFile(`enrol_token_file: ${gone}\n`);
  const other = await opsen([
    ...["config", "check", "--role", "client", "--config", client.path],
  ]);
  assert.match(other.err, /^warn: enrol_token_file .+: no such file$/m);
});
