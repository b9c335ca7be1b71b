import assert from "node:assert/strict";
import { targetOf } from "../../src/cli/api_client.ts";
import {
  CertificateFolder,
  forThisMachine,
  MutualServer,
} from "../agent/mutual_tls.ts";
import { answered, FakeServer, refusal } from "./fake_server.ts";
import { FakeShell, opsen } from "./fake_shell.ts";

Deno.test("neither a key nor a password is shown when it can't be used", async () => {
  const cases = [
    [{ OPSEN_API_KEY: "hush\nhush" }, ["route", "--tier", "small"]],
    [{ OPSEN_SERVER_URL: "http://me:hush@127.0.0.1:1/" }, ["clients"]],
    [{ OPSEN_SERVER_URL: "ftp://me:hush@127.0.0.1/" }, ["queue"]],
  ] as const;
  for (const [env, args] of cases) {
    const { code, out, err } = await opsen(args, env);
    assert.equal(code, 64);
    assert.match(err, /wanted/);
    assert.doesNotMatch(out + err, /hush/);
  }
});

Deno.test("a key that leaves the machine unencrypted is worth a word", () => {
  const warning = /^Warning: the key goes to "192\.0\.2\.1(:1)?" unencrypted/;
  const cases = [
    ["http://192.0.2.1", "k", true],
    ["192.0.2.1:1", "k", true],
    ["http://192.0.2.1", "", false],
    ["https://192.0.2.1", "k", false],
    ["http://127.0.0.1:1", "k", false],
    ["http://[::1]:1", "k", false],
    ["http://localhost:1", "k", false],
  ] as const;
  for (const [url, key, isSaid] of cases) {
    const shell = new FakeShell({ OPSEN_API_KEY: key });
    const target = targetOf({ server: url, timeout: "1" }, shell);
    assert.ok(typeof target !== "string");
    assert.equal(warning.test(shell.complained), isSaid, shell.complained);
    assert.equal(shell.written, "");
  }
});

Deno.test("a key does not follow a redirection", async () => {
  await using other = new FakeServer([]);
  await using server = new FakeServer({}, 307, { location: other.url });
  const { code, out, err } = await opsen(["clients", "--json"], {
    OPSEN_SERVER_URL: server.url,
    OPSEN_API_KEY: "hush",
  });
  assert.deepEqual([server.asked.length, other.asked.length], [1, 0]);
  assert.deepEqual([code, err, JSON.parse(out).code], [2, "", "unreachable"]);
  assert.match(JSON.parse(out).detail, /answers 307/);
});

Deno.test("what a server says does not move the cursor of a terminal", async () => {
  const evil = "\x1b[2Jgone";
  const names = { type: "urn:opsen:problem:x", title: "x", code: "x" };
  const problem = { ...names, status: 403, detail: evil, request_id: "x" };
  await using ours = new FakeServer(problem, 403);
  await using other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(evil, { status: 403 }),
  );
  for (const url of [ours.url, `http://127.0.0.1:${other.addr.port}`]) {
    const { err } = await opsen(["clients"], { OPSEN_SERVER_URL: url });
    assert.match(err, /gone/);
    assert.ok(!err.includes("\x1b"), JSON.stringify(err));
  }
});

Deno.test("a command trusts the authority that it is given, and shows its certificate", async () => {
  using folder = new CertificateFolder();
  const [host, person] = [await forThisMachine(), await forThisMachine()];
  await using server = await MutualServer.open(host, person.certificate, []);
  const files = {
    OPSEN_SERVER_URL: server.url,
    OPSEN_CA_FILE: folder.put("ca.pem", host.certificate),
    OPSEN_CERT_FILE: folder.put("c.pem", person.certificate),
    OPSEN_KEY_FILE: folder.put("k.pem", person.key),
  };
  const { code, out, err } = await opsen(["clients", "--json"], files);
  assert.deepEqual([code, out, err], [0, "[]\n", ""]);
  const flags = [
    ...["--ca-file", files.OPSEN_CA_FILE, "--cert-file", files.OPSEN_CERT_FILE],
    ...["--key-file", files.OPSEN_KEY_FILE, "--server", server.url],
  ];
  assert.equal((await opsen(["clients", ...flags])).code, 0);
  const { OPSEN_CA_FILE: _, ...untrusting } = files;
  const untrusted = await opsen(["clients"], untrusting);
  assert.equal(untrusted.code, 2);
  assert.match(untrusted.err, /certificate/);
  const { OPSEN_CERT_FILE: _cert, OPSEN_KEY_FILE: _key, ...nobody } = files;
  assert.equal((await opsen(["clients"], nobody)).code, 2);
});

Deno.test("a refusal for asking too often says when to ask again", async () => {
  const problem = refusal("rate_limited", "Rate limit exceeded");
  const headers = { "retry-after": "12" };
  await using server = new FakeServer(problem, 429, headers);
  const { code, err } = await server.run("clients");
  assert.deepEqual(
    [code, err],
    [1, "Rate limit exceeded\nTry again in 12 s\n"],
  );
});

Deno.test("what a TLS port says to plain HTTP is told in words", async () => {
  const { request_id: _, ...problem } = refusal("tls_required", "Speak TLS");
  const { code, err } = await answered(["clients"], problem, 400);
  assert.deepEqual([code, err], [1, "Speak TLS\n"]);
});

Deno.test("files of certificates that can't be used end a command before it asks", async () => {
  using folder = new CertificateFolder();
  const { certificate, key } = await forThisMachine();
  const cert = folder.put("c.pem", certificate);
  const cases = [
    [
      ["--ca-file", "/absent"],
      /Cannot read --ca-file "\/absent": found no such/,
    ],
    [["--ca-file", folder.put("k.pem", key)], /found no certificate/],
    [["--cert-file", cert], /Cannot use --cert-file ".*": found no --key-file/],
    [["--cert-file", cert, "--key-file", cert], /Cannot use --cert-file/],
  ] as const;
  for (const [flags, words] of cases) {
    const { code, err } = await opsen(["clients", ...flags]);
    assert.equal(code, 64);
    assert.match(err, words);
  }
});
