import assert from "node:assert/strict";
import program from "../../deno.json" with { type: "json" };
import { problemBody, routeAnswer } from "../../src/wire/answers.ts";
import { clientViews } from "../../src/wire/client_view.ts";
import { freePort } from "../free_port.ts";
import { type Ended, runOpsen } from "./opsen_process.ts";
import { ServerHome } from "./server_home.ts";

const KEY = "open-sesame";
const NO_FAULTS = { code: 0, signal: null, stderr: "" };

Deno.test("the commands ask the server that the environment names, with its key", async () => {
  await using home = new ServerHome();
  await using server = await home.start("sticky_header: X-Session-ID\n");
  // The first and the last machine of the fleet, before the rest comes.
  const env = { OPSEN_SERVER_URL: server.url };
  const empty = await runOpsen(["clients"], { env });
  assert.match(empty.stdout, /^No backends yet: start `opsen client/);

  await server.join("free", { at: [48.857, 2.352], memoryFreeGb: 48 });
  await server.join("full", { busyPct: 95 });
  await server.post("/register", {
    client_id: "mute",
    hostname: "host-mute",
    local_ip: "127.0.2.9",
  });

  const [table, json, placed, session, refused, unknown] = await Promise.all([
    runOpsen(["clients"], { env }),
    runOpsen(["clients", "--json"], { env }),
    runOpsen(["route", "--tier", "small", "--from", "48.9,2.4"], { env }),
    runOpsen([
      ...["route", "-tier=small", "--from", "192.0.2.77", "--json"],
      ...["--header", "X-Session-ID: alice"],
    ], { env }),
    runOpsen(["route", "--tier", "gpu-inference"], { env }),
    runOpsen(["route", "--tier", "tiny", "--json"], { env }),
  ]);

  const lines = table.stdout.trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^BACKEND +HOST +ENDPOINT .* GETS WORK$/);
  assert.match(
    lines[1] ?? "",
    /^free +host-free +http:\/\/127.0.2.2:8000\/free +Paris, FR +16 +0 % +48\.0 of 64\.0 GB .* yes$/,
  );
  assert.match(lines[2] ?? "", /^full .* no: no tier fits: lacks cores$/);
  assert.match(lines[3] ?? "", /^mute .* no: no report yet$/);
  assert.equal(lines.length, 4);
  assertEnded(json);
  assert.deepEqual(
    clientViews.parse(JSON.parse(json.stdout)).map((view) => [
      view.client_id,
      view.routable,
      view.not_routable_because,
    ]),
    [
      ["free", true, null],
      ["full", false, "no tier fits: lacks cores"],
      ["mute", false, "no report yet"],
    ],
  );

  assertEnded(placed);
  assert.match(
    placed.stdout,
    /^free http:\/\/127\.0\.2\.2:8000\/free \(host-free, 6 km, lease [0-9a-z]+\)\n$/,
  );
  assertEnded(session);
  assert.equal(routeAnswer.parse(JSON.parse(session.stdout)).client_id, "free");
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.equal(
    refused.stderr,
    `No available clients with sufficient resources
Why each of 3 backends was passed over:
      1  stale
      1  cores
      1  gpu_count
Nearest: free, which lacks 1 GPU
Try again in 5 s
`,
  );
  assert.equal(unknown.code, 1);
  assert.equal(
    problemBody.parse(JSON.parse(unknown.stdout)).code,
    "unknown_tier",
  );
  assert.equal((await server.clients()).get("free")?.held.leases, 2);
});

Deno.test("a key from the environment or a flag opens, and none or a wrong one is said in words", async () => {
  await using home = new ServerHome();
  await using server = await home.start(`server_key: ${KEY}\n`);
  const address = server.url.replace("http://", "");
  const [byEnv, byFlag, none, wrong, health] = await Promise.all([
    runOpsen(["clients", "--json", "--server", address], {
      env: { OPSEN_API_KEY: KEY, OPSEN_SERVER_URL: "http://127.0.0.1:1" },
    }),
    runOpsen(["clients", "--json", "--server", server.url, "--api-key", KEY], {
      env: { OPSEN_API_KEY: "wrong" },
    }),
    runOpsen(["clients", "--server", `${server.url}/`]),
    runOpsen(["route", "--tier", "small", "--server", server.url], {
      env: { OPSEN_API_KEY: "open-simsim" },
    }),
    runOpsen(["health", "--server", server.url]),
  ]);
  for (const ended of [byEnv, byFlag]) {
    assert.deepEqual(ended, { ...NO_FAULTS, stdout: "[]\n" });
  }
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^Missing API key\nNo key was sent: /);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^Invalid API key\nThe key came from /);
  assert.equal(health.code, 0);
});

Deno.test("health ends with 0, 1, 2 or 3 for scripts, and says why in one line", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("only");
  const to = ["health", "--server", server.url];
  const nowhere = `http://127.0.0.1:${freePort()}`;
  const [healthy, degraded, json, gone, wrong] = await Promise.all([
    runOpsen([...to, "--min-active", "1"]),
    runOpsen([...to, "-min-active", "5"]),
    runOpsen([...to, "--min-active=5", "--json"]),
    runOpsen(["health", "--server", nowhere]),
    runOpsen([...to, "--min-active", "many"]),
  ]);
  assert.equal(healthy.code, 0);
  assert.match(
    healthy.stdout,
    /^OPSEN OK - 1 of 1 backends active \| active=1;1:;;0 total=1;;;0 available=1;;1:;0 time=\d+\.\d{3}s;;;0\n$/,
  );
  assert.equal(degraded.code, 1);
  assert.match(
    degraded.stdout,
    /^OPSEN WARNING - 1 of 1 backends active: wanted at least 5 \| active=1;5:;;0 /,
  );
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.stdout), {
    status: "warning",
    because: "wanted at least 5",
    active: 1,
    available: 1,
    total: 1,
    server: server.url,
  });
  assert.equal(gone.code, 2);
  assert.match(
    gone.stdout,
    /^OPSEN CRITICAL - Cannot reach \S+ \(from .+\): connection refused; is .+\n$/,
  );
  assert.deepEqual([wrong.code, wrong.stderr], [3, ""]);
  assert.match(
    wrong.stdout,
    /^OPSEN UNKNOWN - --min-active: found "many", wanted a whole/,
  );
});

Deno.test("a server that is no Opsen, or never answers, is told apart from one that is", async () => {
  await using other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<h1>It works</h1>"),
  );
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [page, silence] = await Promise.all([
    runOpsen(["health", "--server", `127.0.0.1:${other.addr.port}`]),
    runOpsen([
      ...["clients", "--timeout", "0.5"],
      ...["--server", `127.0.0.1:${silent.addr.port}`],
    ]),
  ]);
  assert.equal(page.code, 3);
  assert.match(
    page.stdout,
    /^OPSEN UNKNOWN - .*answers, but not as an Opsen server/,
  );
  assert.equal(silence.code, 2);
  assert.match(silence.stderr, /no answer within 0\.5 s\n$/);
});

Deno.test("what was mistyped is named, with what was wanted, and ends with 64", async () => {
  const outcomes = await Promise.all([
    runOpsen(["clinets"]),
    runOpsen(["route", "--tier", "small", "--from", "Paris"]),
    runOpsen(["route", "--tier", "small", "--from", "91,0"]),
    runOpsen(["route"]),
    runOpsen(["clients", "--server", "ftp://127.0.0.1"]),
    runOpsen(["server", "--prot", "8080"]),
    runOpsen(["demo", "--seconds", "soon"]),
  ]);
  const words = [
    /unknown command 'clinets'[^]*Did you mean clients\?/,
    /^--from: found "Paris", wanted an address or latitude,longitude/,
    /^--from: found "91,0", wanted an address or latitude,longitude/,
    /required option '--tier <name>'/,
    /^--server: found no http or https URL, wanted one/,
    /unknown option '--prot'[^]*Did you mean --port\?/,
    /^--seconds: found "soon", wanted a number above 0/,
  ];
  for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
    assert.deepEqual([code, stdout], [64, ""], stderr);
    assert.match(stderr, words[index] ?? /never/);
    assert.doesNotMatch(stderr, /\n +at /);
  }
});

Deno.test("a server that was given a name is asked by it, until the name is taken away", async () => {
  await using home = new ServerHome();
  await using server = await home.start("");
  const env = { XDG_CONFIG_HOME: home.folder };
  const run = (...args: readonly string[]) => runOpsen(args, { env });
  for (const name of ["prod", "spare"]) {
    const added = await run("context", "add", name, "--server", server.url);
    assert.deepEqual([added.code, added.stderr], [0, ""]);
  }
  assert.equal((await run("context", "use", "spare")).code, 0);
  const found = await run("health");
  assert.match(found.stdout, /^OPSEN OK - 0 of 0 backends active/);
  assert.equal((await run("context", "remove", "spare")).code, 0);
  const { stdout } = await run("context", "list");
  assert.match(stdout, /prod/);
  assert.doesNotMatch(stdout, /spare/);
});

Deno.test("the version is told for people and for programs", async () => {
  const [plain, flag, json] = await Promise.all([
    runOpsen(["version"]),
    runOpsen(["--version"]),
    runOpsen(["version", "--json"]),
  ]);
  assert.deepEqual(plain, {
    ...NO_FAULTS,
    stdout: `opsen ${program.version}\n`,
  });
  assert.equal(flag.stdout, `${program.version}\n`);
  const { name, version, os } = JSON.parse(json.stdout);
  assert.deepEqual([name, version, os], [
    "opsen",
    program.version,
    Deno.build.os,
  ]);
});

/** It worked and had nothing to say on the side. */
function assertEnded(ended: Ended): void {
  const { stdout: _, ...rest } = ended;
  assert.deepEqual(rest, NO_FAULTS);
}
