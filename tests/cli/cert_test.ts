import assert from "node:assert/strict";
import { certificateFacts } from "../../src/trust/certificate_facts.ts";
import { selfSigned } from "../../src/trust/self_signed.ts";
import { freePort } from "../free_port.ts";
import { opsen } from "./fake_shell.ts";

const DAY_MS = 86_400_000;

/** A folder for one test. */
class Folder implements Disposable {
  readonly path = Deno.makeTempDirSync();

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Makes a certificate that is good for these days from now, and a file of it. */
async function fileOf(
  { path }: Folder,
  fromDays: number,
  untilDays: number,
): Promise<
  { readonly file: string; readonly cert: string; readonly key: string }
> {
  const { certificate: cert, key } = await selfSigned({
    names: ["localhost", "127.0.0.1"],
    from: new Date(Date.now() + fromDays * DAY_MS),
    until: new Date(Date.now() + untilDays * DAY_MS),
  });
  const file = `${path}/c.pem`;
  await Deno.writeTextFile(file, cert);
  return { file, cert, key };
}

Deno.test("self-signed writes both files and prints the lines that name them", async () => {
  using folder = new Folder();
  const dir = `${folder.path}/a/certs`;
  const { code, out, err } = await opsen(["cert", "self-signed", "--dir", dir]);
  assert.equal(code, 0, err);
  assert.equal(
    out,
    `tls_cert_file: ${dir}/server.crt\ntls_key_file: ${dir}/server.key\n`,
  );
  const facts = certificateFacts(await Deno.readTextFile(`${dir}/server.crt`));
  assert.deepEqual(facts.names, ["localhost", "127.0.0.1", "::1"]);
  const days = (facts.until.getTime() - Date.now()) / DAY_MS;
  assert.ok(days > 364 && days <= 365, String(days));
  const { mode } = await Deno.stat(`${dir}/server.key`);
  if (Deno.build.os !== "windows") assert.equal((mode ?? 0) & 0o777, 0o600);
  assert.deepEqual(
    [...Deno.readDirSync(dir)].map(({ name }) => name).sort(),
    ["server.crt", "server.key"],
  );
});

Deno.test("the names are those that are given, and localhost brings its addresses", async () => {
  using folder = new Folder();
  const names = ["Example.com", "*.example.com", "192.0.2.1", "2001:db8::1"];
  const { code } = await opsen([
    ...["cert", "self-signed", "--dir", folder.path, "--days", "7"],
    ...["--domain", ...names],
  ]);
  assert.equal(code, 0);
  const text = await Deno.readTextFile(`${folder.path}/server.crt`);
  const facts = certificateFacts(text);
  assert.equal(facts.subject, "CN=example.com");
  assert.deepEqual(
    facts.names.map((name) => name.toLowerCase()),
    names.map((name) => name.toLowerCase()),
  );
});

Deno.test("files that are there stay, unless they are to be replaced", async () => {
  for (const there of ["server.crt", "server.key"]) {
    using folder = new Folder();
    const args = ["cert", "self-signed", "--dir", folder.path];
    const path = `${folder.path}/${there}`;
    await Deno.writeTextFile(path, "mine", { mode: 0o644 });
    const refused = await opsen(args);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /is there already \(--force replaces it\)/);
    assert.equal(await Deno.readTextFile(path), "mine");
    assert.equal([...Deno.readDirSync(folder.path)].length, 1);
    assert.equal((await opsen([...args, "--force"])).code, 0);
    assert.match(await Deno.readTextFile(path), /^-----BEGIN/);
    assert.equal([...Deno.readDirSync(folder.path)].length, 2);
    const { mode } = await Deno.stat(`${folder.path}/server.key`);
    if (Deno.build.os !== "windows") assert.equal((mode ?? 0) & 0o777, 0o600);
  }
});

Deno.test("what can't be meant is refused before anything is written", async () => {
  using folder = new Folder();
  const cases = [
    [["--domain", "http://example.com"], /--domain: found "http/],
    [["--domain", "a..b"], /--domain/],
    [["--domain", "exämple.com"], /--domain/],
    [["--domain", "*"], /--domain/],
    [["--days", "0"], /--days: found "0", wanted a whole number from 1/],
    [["--days", "4000"], /--days/],
    [["--days", "1.5"], /--days/],
  ] as const;
  for (const [args, words] of cases) {
    const { code, err } = await opsen([
      ...["cert", "self-signed", "--dir", folder.path],
      ...args,
    ]);
    assert.equal(code, 64, args.join(" "));
    assert.match(err, words);
  }
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("a folder that can't be written to is said", async () => {
  using folder = new Folder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const dir = `${folder.path}/file/certs`;
  const { code, err } = await opsen(["cert", "self-signed", "--dir", dir]);
  assert.equal(code, 1);
  assert.match(err, /^Cannot make a certificate in ".*file\/certs": /);
});

Deno.test("inspect tells what a certificate is, and with its exit code whether it is good", async () => {
  using folder = new Folder();
  const cases = [[-2, 30.5, 0, "30 days left"], [-2, 1.5, 0, "1 day left"], [
    -2,
    -1,
    1,
    "EXPIRED",
  ], [1, 2, 1, "not good yet"]] as const;
  for (const [from, until, wanted, words] of cases) {
    const { file } = await fileOf(folder, from, until);
    const { code, out } = await opsen(["cert", "inspect", file]);
    assert.equal(code, wanted);
    assert.ok(out.includes(`(${words})`), out);
    assert.match(out, /^Subject {7}CN=localhost\nNames {9}localhost, 127/);
    assert.match(out, /Issuer {8}itself/);
    assert.match(out, /Key {11}EC P-256/);
  }
});

Deno.test("inspect tells it in JSON too", async () => {
  using folder = new Folder();
  const { file, cert } = await fileOf(folder, -1, 10.5);
  await Deno.writeTextFile(file, cert + cert);
  const { code, out } = await opsen(["cert", "inspect", file, "--json"]);
  assert.equal(code, 0);
  const { certificates, trusted } = JSON.parse(out);
  assert.equal(trusted, undefined);
  assert.equal(certificates.length, 2);
  const [{ fingerprint_sha256, serial, not_before, not_after, ...rest }] =
    certificates;
  assert.deepEqual(rest, {
    subject: "CN=localhost",
    issuer: "CN=localhost",
    names: ["localhost", "127.0.0.1"],
    days_left: 10,
    key: "EC P-256",
    is_authority: false,
  });
  assert.match(fingerprint_sha256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.match(serial, /^[0-9A-F]+$/);
  assert.ok(Date.parse(not_before) < Date.parse(not_after));
});

Deno.test("inspect looks at a server, whoever vouches for it", async () => {
  using folder = new Folder();
  const { cert, key } = await fileOf(folder, -1, 10.5);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
    () => new Response(),
  );
  const url = `https://127.0.0.1:${server.addr.port}/any/path`;
  const { code, out, err } = await opsen(["cert", "inspect", url]);
  await server.shutdown();
  assert.equal(code, 0, err);
  assert.match(out, /^Subject {7}CN=localhost\n/);
  assert.match(out, /Trusted here {2}no: /);
});

Deno.test("without a certificate inspect says what was found instead", async () => {
  using folder = new Folder();
  const { path } = folder;
  const { key } = await fileOf(folder, -1, 1);
  await Deno.writeTextFile(`${path}/key.pem`, key);
  await Deno.writeTextFile(
    `${path}/broken.pem`,
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  );
  const absent = `https://127.0.0.1:${freePort()}`;
  const cases = [
    [`${path}/none.pem`, 65, /found no such file, wanted a certificate/],
    [`${path}/key.pem`, 65, /found none, wanted a certificate/],
    [`${path}/broken.pem`, 65, /found a broken one/],
    [path, 65, /found a directory/],
    [absent, 2, /^Cannot see the certificate of 127\.0\.0\.1:\d+: /],
    ["http://127.0.0.1", 64, /wanted a file or an https URL/],
    ["https://", 64, /wanted a file or an https URL/],
  ] as const;
  for (const [source, wanted, words] of cases) {
    const { code, out, err } = await opsen(["cert", "inspect", source]);
    assert.equal(code, wanted, source);
    assert.equal(out, "");
    assert.match(err, words);
  }
});

Deno.test("a server that says nothing is not waited for longer than told", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = silent.accept();
  const url = `https://127.0.0.1:${silent.addr.port}`;
  const { code, err } = await opsen([
    ...["cert", "inspect", url, "--timeout", "0.05"],
  ]);
  (await accepted).close();
  assert.equal(code, 2);
  assert.match(err, /no handshake within 0\.05 s/);
});
