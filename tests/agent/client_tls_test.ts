import assert from "node:assert/strict";
import {
  readClientTls,
  UnusableTlsFileError,
} from "../../src/agent/client_tls.ts";
import { openTransport } from "../../src/agent/open_transport.ts";
import type { SelfSigned } from "../../src/trust/self_signed.ts";
import { FakeServer } from "./fake_server.ts";
import {
  CertificateFolder,
  forThisMachine,
  MutualServer,
} from "./mutual_tls.ts";

const NONE = {
  serverKey: "",
  insecureTls: false,
  serverCaFile: "",
  tlsCertFile: "",
  tlsKeyFile: "",
};

/** Posts once; whether an answer came. */
async function reaches(
  serverUrl: string,
  options: Partial<typeof NONE>,
): Promise<boolean> {
  using transport = await openTransport({ ...NONE, serverUrl, ...options });
  const { signal } = new AbortController();
  const answer = await transport.post("/stats", {}, signal);
  return answer.kind === "answered" && answer.status === 200;
}

Deno.test("a server is trusted whose authority is in a file, and no other", async () => {
  using folder = new CertificateFolder();
  const [mine, other] = [await forThisMachine(), await forThisMachine()];
  const { certificate: cert, key } = mine;
  await using server = new FakeServer(() => 200, { cert, key });
  const serverCaFile = folder.put("ca.pem", cert);
  assert.equal(await reaches(server.url, { serverCaFile }), true);
  assert.equal(await reaches(server.url, {}), false);
  const strangers = folder.put("other.pem", other.certificate);
  const untrusted = { serverCaFile: strangers };
  assert.equal(await reaches(server.url, untrusted), false);
  const both = folder.put("both.pem", other.certificate + cert);
  assert.equal(await reaches(server.url, { serverCaFile: both }), true);
});

Deno.test("over either transport a server that asks for a certificate is shown it", async () => {
  using folder = new CertificateFolder();
  const [host, machine, stranger] = await Promise.all(
    [1, 2, 3].map(() => forThisMachine()),
  );
  assert.ok(host && machine && stranger);
  await using server = await MutualServer.open(host, machine.certificate, {});
  const serverCaFile = folder.put("ca.pem", host.certificate);
  const files = (name: string, made: SelfSigned) => ({
    serverCaFile,
    tlsCertFile: folder.put(`${name}.crt`, made.certificate),
    tlsKeyFile: folder.put(`${name}.key`, made.key),
  });
  for (const insecureTls of [false, true]) {
    const known: Partial<typeof NONE> = {
      ...files("machine", machine),
      insecureTls,
    };
    assert.equal(await reaches(server.url, known), true);
    assert.equal(
      await reaches(server.url, { serverCaFile, insecureTls }),
      false,
    );
    const unknown: Partial<typeof NONE> = {
      ...files("stranger", stranger),
      insecureTls,
    };
    assert.equal(await reaches(server.url, unknown), false);
  }
});

Deno.test("files that can't be used are named with their reason, before anything is sent", async () => {
  using folder = new CertificateFolder();
  const { certificate, key } = await forThisMachine();
  const other = await forThisMachine();
  const cert = folder.put("c.pem", certificate);
  const keyFile = folder.put("k.pem", key);
  const broken = folder.put(
    "broken.pem",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  );
  const cases = [
    [
      ["/absent.pem", "", ""],
      /^Cannot read ca "\/absent\.pem": .*\(os error 2\)/,
    ],
    [[keyFile, "", ""], /^Cannot use ca ".*k\.pem": found no certificate/],
    [[broken, "", ""], /^Cannot use ca ".*broken\.pem": /],
    [["", cert, ""], /^Cannot use cert ".*c\.pem": found no key, wanted both/],
    [["", "", keyFile], /^Cannot use key ".*k\.pem": found no cert, wanted/],
    [["", cert, "/absent.pem"], /^Cannot read key "\/absent\.pem"/],
    [["", cert, cert], /^Cannot use cert ".*c\.pem" with key ".*c\.pem": /],
    [
      ["", cert, folder.put("other.key", other.key)],
      /^Cannot use cert ".*" with key ".*": .*KeyMismatch/,
    ],
  ] as const;
  for (const [[authority, certificate, key], words] of cases) {
    assert.throws(
      () =>
        readClientTls({
          authority: { name: "ca", path: authority },
          certificate: { name: "cert", path: certificate },
          key: { name: "key", path: key },
        }),
      (error) => {
        assert.ok(error instanceof UnusableTlsFileError);
        assert.match(error.message, words);
        return true;
      },
    );
  }
  await assert.rejects(
    reaches("http://127.0.0.1:1", { serverCaFile: "/absent.pem" }),
    UnusableTlsFileError,
  );
});
