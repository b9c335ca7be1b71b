import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:tls";
import fc from "fast-check";
import { integer, objectId, octetString, time } from "../../src/trust/der.ts";
import {
  certificateFacts,
  certificatesOf,
} from "../../src/trust/certificate_facts.ts";
import { type SelfSigned, selfSigned } from "../../src/trust/self_signed.ts";
import { seedOf } from "../seed.ts";
import { toolTest } from "../tools.ts";

const FROM = new Date("2026-01-01T00:00:00Z");
const UNTIL = new Date("2051-02-03T04:05:06Z");
const NAMES = ["localhost", "*.example.com", "127.0.0.1", "::1"];

function made(): Promise<SelfSigned> {
  return selfSigned({ names: NAMES, from: FROM, until: UNTIL });
}

Deno.test("a certificate says what it was made for, and its signature is its own key's", async () => {
  const { certificate, key } = await made();
  const facts = certificateFacts(certificate);
  assert.deepEqual({ ...facts, fingerprint: "", serial: "" }, {
    subject: "CN=localhost",
    issuer: "CN=localhost",
    names: NAMES,
    from: FROM,
    until: UNTIL,
    key: "EC P-256",
    fingerprint: "",
    serial: "",
    isAuthority: false,
  });
  const read = new X509Certificate(certificate);
  assert.ok(read.verify(read.publicKey));
  assert.match(key, /^-----BEGIN PRIVATE KEY-----\n/);
});

Deno.test("no two certificates have one key or one serial number", async () => {
  const [one, two] = [await made(), await made()];
  assert.notEqual(one.key, two.key);
  assert.notEqual(
    certificateFacts(one.certificate).serial,
    certificateFacts(two.certificate).serial,
  );
});

Deno.test("whoever trusts it speaks with the server by each of its names, over either TLS of the runtime", async () => {
  const { certificate: cert, key } = await selfSigned({
    names: ["localhost", "127.0.0.1", "::1"],
    from: new Date(Date.now() - 60_000),
    until: new Date(Date.now() + 86_400_000),
  });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
    () => new Response("ok"),
  );
  const { port } = server.addr;
  using client = Deno.createHttpClient({
    caCerts: [cert],
    poolMaxIdlePerHost: 0,
  });
  for (const hostname of ["localhost", "127.0.0.1"]) {
    using connection = await Deno.connectTls({
      hostname,
      port,
      caCerts: [cert],
    });
    await connection.handshake();
    const response = await fetch(`https://${hostname}:${port}/`, { client });
    assert.equal(await response.text(), "ok");
    const socket = connect({ host: hostname, port, ca: [cert] });
    await once(socket, "secureConnect");
    assert.ok(socket.authorized);
    socket.destroy();
  }
  const { certificate: stranger } = await made();
  await assert.rejects(async () => {
    using connection = await Deno.connectTls({
      hostname: "localhost",
      port,
      caCerts: [stranger],
    });
    await connection.handshake();
  });
  await server.shutdown();
});

toolTest("openssl", "openssl takes it, by its strict rules too", async () => {
  const { certificate, key } = await made();
  const folder = await Deno.makeTempDir();
  const openssl = async (...args: readonly string[]) => {
    const { success, stdout, stderr } = await new Deno.Command("openssl", {
      args: [...args],
      cwd: folder,
    }).output();
    const text = new TextDecoder();
    assert.ok(success, text.decode(stderr));
    return text.decode(stdout);
  };
  try {
    await Deno.writeTextFile(`${folder}/c.pem`, certificate);
    await Deno.writeTextFile(`${folder}/k.pem`, key);
    await openssl(
      ...["verify", "-x509_strict", "-CAfile", "c.pem"],
      ...["-purpose", "sslserver", "-verify_hostname", "a.example.com"],
      "c.pem",
    );
    const told = await openssl("x509", "-in", "c.pem", "-noout", "-text");
    for (
      const words of [
        "Version: 3",
        "DNS:localhost, DNS:*.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
        "CA:FALSE",
        "Digital Signature",
        "TLS Web Server Authentication",
        "Not After : Feb  3 04:05:06 2051 GMT",
      ]
    ) assert.ok(told.includes(words), words);
    const publicKey = await openssl("pkey", "-in", "k.pem", "-pubout");
    assert.equal(
      await openssl("x509", "-in", "c.pem", "-noout", "-pubkey"),
      publicKey,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("numbers, ids, times and lengths have the one form that DER knows", () => {
  const hex = (bytes: Uint8Array) => bytes.toHex();
  assert.equal(hex(integer(Uint8Array.of(0, 0))), "020100");
  assert.equal(hex(integer(Uint8Array.of(0, 0x7f))), "02017f");
  assert.equal(hex(integer(Uint8Array.of(0x80))), "02020080");
  assert.equal(hex(objectId("1.2.840.10045.4.3.2")), "06082a8648ce3d040302");
  const text = (at: string) =>
    new TextDecoder().decode(time(new Date(at)).subarray(2));
  assert.equal(text("2049-12-31T23:59:59.999Z"), "491231235959Z");
  assert.equal(text("2050-01-01T00:00:00Z"), "20500101000000Z");
  const lengths = [[127, "047f"], [128, "048180"], [256, "04820100"]] as const;
  for (const [length, start] of lengths) {
    const der = octetString(new Uint8Array(length));
    assert.equal(hex(der).slice(0, start.length), start);
    assert.equal(der.length, length + start.length / 2);
  }
});

Deno.test("a certificate that has names and no subject is read", () => {
  const { subject, issuer, names } = certificateFacts(WITHOUT_SUBJECT);
  assert.deepEqual([subject, issuer, names], ["none", "none", ["a.test"]]);
});

/** As `openssl req -x509 -subj /` makes it, with one alternative name. */
const WITHOUT_SUBJECT = `-----BEGIN CERTIFICATE-----
MIIBZzCCAQ2gAwIBAgIUId5mw1I5/lfFiSYqj1S66I8kNegwCgYIKoZIzj0EAwIw
ADAgFw0yNjExMjEyMzI0MDdaGA8yMDgxMDgyNDIzMjQwN1owADBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABNmkWP5ouwFIUuNuasVCPorl1P1rcve9bTtFSjAZ7Qht
WAIh3/LaRMGgobpc6WL5XTgXw3XMs2/n+IqKxwzgSVijYzBhMB0GA1UdDgQWBBQs
XsGswjl7uwx+PQkeW9+KsA5VXjAfBgNVHSMEGDAWgBQsXsGswjl7uwx+PQkeW9+K
sA5VXjARBgNVHREECjAIggZhLnRlc3QwDAYDVR0TAQH/BAIwADAKBggqhkjOPQQD
AgNIADBFAiEA825mAilw/3JFzJ03iAdlvJT6RQQUZcuLU1Z63HE+heUCIEI0kaC+
Sl99g+TuRydDCV+Ajbo3bn3UJvYkwDs3VKD7
-----END CERTIFICATE-----
`;

Deno.test("what is no certificate is refused or none, never a fault of another kind", async () => {
  const { certificate, key } = await made();
  const bytes = (text: string) => new TextEncoder().encode(text);
  assert.deepEqual(certificatesOf(bytes("")), []);
  assert.deepEqual(certificatesOf(bytes(key)), []);
  assert.equal(
    certificatesOf(bytes(certificate + key + certificate)).length,
    2,
  );
  const base64 = certificate.replace(/-----[^-]+-----|\n/g, "");
  const der = Uint8Array.fromBase64(base64);
  assert.equal(certificatesOf(der).length, 1);
  assert.throws(() => certificatesOf(der.slice(0, 100)));
  fc.assert(
    fc.property(
      fc.nat(der.length - 1),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const broken = der.slice();
        broken[at] = (broken[at] ?? 0) ^ change;
        try {
          certificatesOf(broken);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      },
    ),
    { seed: seedOf("broken certificates") },
  );
});
