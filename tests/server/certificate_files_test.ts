import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readCertificates } from "../../src/server/certificates.ts";
import { UnusableFileError } from "../../src/server/named_file.ts";
import { serverConfig } from "../config/load_text.ts";
import { Authority } from "../edge/drivers/deno/authority.ts";
import { selfSigned } from "../edge/drivers/deno/certificates.ts";
import { toolTest } from "../tools.ts";

const { cert, key } = selfSigned();

/** Reads the certificates of a configuration whose files lie beside each other. */
async function readIn(
  yaml: (folder: string) => string,
  files: Readonly<Record<string, string>>,
) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    return await readCertificates(await serverConfig(yaml(folder)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const upstreams = (folder: string) => `upstream_ca_file: ${folder}/ca.pem\n`;

Deno.test("authorities are taken as their file holds them, one or several, with words between them", async () => {
  for (const text of [cert, `# one\n${cert}\n# two\n${cert}`]) {
    const { upstream } = await readIn(upstreams, { "ca.pem": text });
    assert.deepEqual(upstream, { caCerts: [text], skipVerify: false });
  }
});

Deno.test("a file without a whole certificate is refused by its key and path", async () => {
  const half = cert.slice(0, cert.length / 2);
  for (const text of ["", "garbage", key, half, cert + half]) {
    await assert.rejects(readIn(upstreams, { "ca.pem": text }), (error) => {
      assert.ok(error instanceof UnusableFileError);
      assert.match(error.message, /^Cannot use upstream_ca_file "\/.+": ./);
      return true;
    });
  }
});

Deno.test("a file that is not there or has no end is named", async () => {
  for (const path of ["/nowhere/c.pem", "/dev/zero"]) {
    const config = await serverConfig(`upstream_ca_file: ${path}\n`);
    await assert.rejects(readCertificates(config), (error) => {
      assert.ok(error instanceof UnusableFileError);
      assert.ok(error.message.startsWith(
        `Cannot read upstream_ca_file "${path}": `,
      ));
      return true;
    });
  }
});

const pair = (folder: string) =>
  `tls_cert_file: ${folder}/c.pem\ntls_key_file: ${folder}/k.pem\n`;

Deno.test("a certificate without any name is one all the same", async () => {
  const { read } = await readIn(upstreams, { "ca.pem": NAMELESS });
  assert.deepEqual(read.get("upstream_ca_file")?.end.names, ["no name"]);
});

/** As `openssl req -x509 -subj /` makes it. */
const NAMELESS = `-----BEGIN CERTIFICATE-----
MIIBVTCB/aADAgECAhR0A5YqwrNf92mkbHBzFxrzBHUzPTAKBggqhkjOPQQDAjAA
MCAXDTI2MTEyMTIzMjQwN1oYDzIwODEwODI0MjMyNDA3WjAAMFkwEwYHKoZIzj0C
AQYIKoZIzj0DAQcDQgAESTEzhOrpI/uWCBz1bqJ7E3suQnnsv3ucFvQUQLXzurnw
BWN6sPTlgT5m1r6aoTr2fXishPiQCXfp1mS1arPMWqNTMFEwHQYDVR0OBBYEFDCa
fkKAtdeRj9PtBewCosWObh9KMB8GA1UdIwQYMBaAFDCafkKAtdeRj9PtBewCosWO
bh9KMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgMF0PDPqK8+Uj
ScK7wu+OeKXLtLQkn94UYM2rbGritEECIBkTQiWudvEgByXDjWoIkn3JOVJfPjZq
qwMfFww7y3Z2
-----END CERTIFICATE-----
`;

toolTest("openssl", "another one's key is refused by both names", async () => {
  await using authority = await Authority.make();
  const other = await authority.forHosts("a.test");
  await assert.rejects(
    readIn(pair, { "c.pem": cert, "k.pem": other.key }),
    /^UnusableFileError: Cannot use tls_cert_file ".+" and tls_key_file ".+": the private key is not that of the certificate$/,
  );
});

Deno.test("the hashes are those of the files' bytes, by key", async () => {
  const { read } = await readIn(pair, { "c.pem": cert, "k.pem": key });
  const sha256 = (text: string) =>
    createHash("sha256").update(text).digest("hex");
  assert.deepEqual([...read.get("tls_cert_file")?.hashes ?? []], [
    ["tls_cert_file", sha256(cert)],
    ["tls_key_file", sha256(key)],
  ]);
});

toolTest(
  "openssl",
  "what listeners and connections to backends go by is put together from all keys",
  async () => {
    await using authority = await Authority.make();
    const [one, two] = [
      await authority.forHosts("a.test", "*.b.test"),
      await authority.forClient(),
    ];
    const files = {
      "one.pem": one.cert,
      "one.key": one.key,
      "two.pem": two.cert,
      "two.key": two.key,
      "ca.pem": authority.pem,
    };
    const yaml = (folder: string) =>
      [
        `tls_client_ca_file: ${folder}/ca.pem`,
        "tls_client_require: false",
        `upstream_cert_file: ${folder}/two.pem`,
        `upstream_key_file: ${folder}/two.key`,
        "tls_insecure_skip_verify: true",
        "tls:",
        "  - hosts: [A.test., x.b.test, '*.b.test', b.test, c.test]",
        `    cert_file: ${folder}/one.pem`,
        `    key_file: ${folder}/one.key`,
        "",
      ].join("\n");
    const { listener, upstream, read } = await readIn(yaml, files);
    const hosts = ["A.test.", "x.b.test", "*.b.test", "b.test", "c.test"];
    assert.deepEqual(listener, {
      ...one,
      named: [{ hosts, ...one }],
      clients: { authorities: authority.pem, isRequired: false },
    });
    assert.deepEqual(upstream, {
      caCerts: [],
      skipVerify: true,
      certificate: two,
    });
    const { uncovered, end } = read.get("tls[0].cert_file") ?? assert.fail();
    assert.deepEqual(uncovered, ["b.test", "c.test"]);
    assert.deepEqual(end.names, ["DNS:a.test", "DNS:*.b.test"]);

    const { listener: both } = await readIn(
      (folder) => yaml(folder) + pair(folder),
      { ...files, "c.pem": cert, "k.pem": key },
    );
    assert.equal(both?.cert, cert);
    assert.deepEqual(both?.named, listener?.named);
  },
);

toolTest(
  "openssl",
  "a chain ends with the first of its certificates, a bundle of authorities with the last",
  async () => {
    await using authority = await Authority.make();
    const [soon, late] = [
      new Date(Date.UTC(2030, 1)),
      new Date(Date.UTC(2040, 1)),
    ];
    const one = await authority.issue({ name: "one", until: soon });
    const two = await authority.issue({ name: "two", until: late });
    const chain = await readIn(pair, {
      "c.pem": two.cert + one.cert,
      "k.pem": two.key,
    });
    const { end } = chain.read.get("tls_cert_file") ?? assert.fail();
    assert.equal(end.notAfterMs, soon.getTime());
    assert.deepEqual(end.names, ["CN=one"]);
    const bundle = await readIn(upstreams, { "ca.pem": two.cert + one.cert });
    assert.equal(
      bundle.read.get("upstream_ca_file")?.end.notAfterMs,
      late.getTime(),
    );
  },
);
