/** What loading says when something is wrong; what it makes of what is right stands in load_server_config_test.ts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { FileContent } from "../../src/config/file_reader.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { loadServerConfig } from "../../src/config/load_server_config.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { seedOf } from "../seed.ts";
import {
  inputOf,
  loadServerText,
  serverConfig,
  serverProblems,
} from "./load_text.ts";

Deno.test("every problem of a file is told at once, in its order, each with line, column, key and wish", async () => {
  const text = `port: "8080"
hots: 1
log_level: warning
json_logging: yes
routing:
  mode: adaptif
  weights: {distnace: 2}
tiers:
  - {name: a, vcpu: 0, memory_gb: "32"}
  - {vcpu: 1, memory_gb: 010}
whitelisted_ips: [010.0.0.1, "::1", 1]
database: false
host: 5
port: 1
`;
  assert.deepEqual(
    await serverProblems(text, {
      env: { OPSEN_UI: "x" },
      flags: [{ path: "stale_minutes", flag: "--stale-minutes", value: "0" }],
    }),
    [
      'server.yml:1:7 port: found "8080", wanted a whole number from 0 to 65535, without quotes',
      'server.yml:2:1 hots: found an unknown key, wanted "host"',
      'server.yml:3:12 log_level: found "warning", wanted one of "debug", "info", "warn", "error", "fatal"',
      'server.yml:4:15 json_logging: found "yes", wanted true or false',
      'server.yml:6:9 routing.mode: found "adaptif", wanted one of "adaptive", "classic"',
      'server.yml:7:13 routing.weights.distnace: found an unknown key, wanted "distance"',
      "server.yml:9:21 tiers[0].vcpu: found 0, wanted a whole number from 1 to 4096",
      'server.yml:9:35 tiers[0].memory_gb: found "32", wanted a number above 0, at most 1048576, without quotes',
      "server.yml:10:5 tiers[1].name: found nothing, wanted a name of 1 to 128 characters without spaces around it",
      "server.yml:10:26 tiers[1].memory_gb: found 010, wanted a number above 0, at most 1048576, without leading zeros",
      'server.yml:11:19 whitelisted_ips[0]: found "010.0.0.1", wanted an address or a range such as 10.0.0.0/8',
      "server.yml:11:37 whitelisted_ips[2]: found 1, wanted an address or a range such as 10.0.0.0/8, in quotes",
      "server.yml:12:11 database: found false, wanted a path",
      "server.yml:13:7 host: found 5, wanted an address such as 0.0.0.0 or ::, or a host name, in quotes",
      'server.yml:14:1: found "port" a second time, wanted each key once',
      '--stale-minutes: found "0", wanted a whole number from 1 to 10080',
      'OPSEN_UI: found "x", wanted true or false',
    ],
  );
});

Deno.test("a value that is no number, too small, too large or not whole is refused", async () => {
  for (
    const value of [
      "-1",
      "65536",
      "80.5",
      ".inf",
      ".nan",
      "1e999",
      "99999999999999999999",
      "[1]",
      "{a: 1}",
      "true",
      "0x1_0",
    ]
  ) {
    const [problem = "", ...more] = await serverProblems(`port: ${value}`);
    assert.match(
      problem,
      /^server\.yml:1:7 port: found .+, wanted a whole number from 0 to 65535/,
      value,
    );
    assert.deepEqual(more, []);
  }
  for (const value of ["8.08e3", "0x1F90", "8080.0", "+8080"]) {
    assert.equal((await serverConfig(`port: ${value}`)).port, 8080, value);
  }
  assert.ok(Object.is((await serverConfig("port: -0")).port, 0));
});

Deno.test("an origin that no browser would send is told with its place", async () => {
  const text = `enable_cors: true
cors_allowed_origins: ["*", "null", "https://a.example:8443"]
`;
  assert.deepEqual(await serverProblems(text), []);
  const wrong = `cors_allowed_origins:
  - https://a.example/
  - a.example
`;
  const wanted =
    'wanted an origin such as https://app.example.com without a path, "*" or "null"';
  assert.deepEqual(await serverProblems(wrong), [
    `server.yml:2:5 cors_allowed_origins[0]: found "https://a.example/", ${wanted}`,
    `server.yml:3:5 cors_allowed_origins[1]: found "a.example", ${wanted}`,
  ]);
});

Deno.test("a list that is too long, a text that is too long and a text with line breaks are refused", async () => {
  const tiers = Array.from(
    { length: 1001 },
    (_, index) => `{name: t${index}, vcpu: 1, memory_gb: 1}`,
  );
  assert.deepEqual(await serverProblems(`tiers: [${tiers.join(", ")}]`), [
    "server.yml:1:8 tiers: found a list of 1001, wanted at most 1000",
  ]);
  const [long = ""] = await serverProblems(`database: /${"x".repeat(4096)}`);
  assert.match(
    long,
    /^server\.yml:1:11 database: found "\/x{59}…", wanted at most 4096 characters$/,
  );
  const [broken = ""] = await serverProblems('jwt: {issuer: "a\\nb"}');
  assert.equal(
    broken,
    'server.yml:1:15 jwt.issuer: found "a\\nb", wanted text on one line',
  );
});

Deno.test("of very many problems the first hundred are told, and how many more there are", async () => {
  const text = Array.from({ length: 250 }, (_, index) => `nonsense${index}: 1`)
    .join("\n");
  const problems = await serverProblems(text);
  assert.equal(problems.length, 101);
  assert.equal(problems[100], "… and 150 more");
});

Deno.test("a file that can't be used is one problem, and flags and variables are checked all the same", async () => {
  const bytes = (...values: number[]): FileContent => ({
    kind: "read",
    bytes: Uint8Array.from(values),
  });
  const contents: readonly (readonly [FileContent, string])[] = [
    [
      { kind: "unreadable", found: "no such file" },
      "f.yml: found no such file, wanted a YAML file",
    ],
    [
      { kind: "too_large" },
      "f.yml: found a larger file, wanted at most 1048576 bytes of YAML",
    ],
    [
      bytes(0x61, 0xff),
      "f.yml: found bytes that are not UTF-8, wanted text in UTF-8",
    ],
    [
      bytes(0xff, 0xfe, 0x61, 0x00),
      "f.yml: found bytes that are not UTF-8, wanted text in UTF-8",
    ],
  ];
  for (const [content, problem] of contents) {
    const loaded = await loadServerConfig(
      inputOf("f.yml", content, { env: { OPSEN_PORT: "x" } }),
    );
    assert.ok(loaded.kind === "invalid");
    assert.deepEqual(loaded.problems, [
      problem,
      'OPSEN_PORT: found "x", wanted a whole number from 0 to 65535',
    ]);
  }
});

Deno.test("no secret is ever part of a problem, whatever is wrong with it", async () => {
  const secret = "hunter2";
  const texts = [
    `server_key: [${secret}]`,
    `server_key: " ${secret}"`,
    `server_key: "${secret}\\n"`,
    `server_key: {${secret}: 1}`,
    `api_keys: ${secret}`,
    `api_keys: [[${secret}]]`,
    `api_keys: [" ${secret}"]`,
    `api_keys: [{key: [${secret}]}]`,
    `api_keys: [{${secret}: 1}]`,
    `api_keys: [{key: "${secret}", key_hash: "${secret}"}]`,
    `api_keys: [${secret}: 1]`,
    `events_url: "${secret}"`,
    `server_key: '${secret}`,
    `server_key: "${secret}\\q"`,
    `server_key: ${secret}: 1`,
    `server_key: *${secret}`,
    `server_key: !${secret} x`,
    `server_key: &${secret}`,
  ];
  for (const text of texts) {
    const problems = await serverProblems(text);
    assert.ok(problems.length > 0, text);
    assert.ok(!problems.join().includes(secret), problems.join());
  }
  for (const { key, path, outside } of leavesOf(SERVER_ROLE.keys)) {
    if (!key.secret || outside === undefined) continue;
    const problems = await serverProblems("", {
      env: { [outside.variable]: `${secret}\u0001${secret}` },
      flags: [{
        path,
        flag: outside.flags[0] ?? "",
        value: `${secret}\n${secret}`,
      }],
    });
    assert.ok(
      problems.length === 2 && !problems.join().includes(secret),
      problems.join(),
    );
  }
});

Deno.test("whatever a file, a flag or a variable holds, there is a configuration or problems, never a throw", async () => {
  const seed = seedOf("load_problems");
  const names = [
    ...Object.keys(SERVER_ROLE.keys),
    "nonsense",
    "__proto__",
    "constructor",
  ];
  const scalars = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.constantFrom("", "classic", "lite"),
  );
  const values = fc.oneof(
    scalars,
    fc.array(scalars, { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("name", "vcpu", "memory_gb", "mode", "weights", "key"),
      scalars,
    ),
    fc.array(
      fc.dictionary(
        fc.constantFrom("name", "vcpu", "memory_gb", "gpu", "key"),
        scalars,
      ),
      { maxLength: 3 },
    ),
  );
  const files = fc.dictionary(fc.constantFrom(...names), values, {
    maxKeys: 6,
  });
  const env = fc.dictionary(
    fc.constantFrom(...names.map((name) => `OPSEN_${name.toUpperCase()}`)),
    fc.string(),
    { maxKeys: 3 },
  );
  await fc.assert(
    fc.asyncProperty(files, env, async (file, env) => {
      const loaded = await loadServerText(JSON.stringify(file), { env });
      if (loaded.kind === "invalid") {
        for (const problem of loaded.problems) {
          assert.match(problem, /^\S.*: found .+, wanted .+$/s);
        }
      } else {
        assert.ok(loaded.config.tiers.length > 0 && loaded.config.port >= 0);
      }
    }),
    { seed, numRuns: 1000 },
  );
});
