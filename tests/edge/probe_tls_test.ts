/** Probes of https endpoints: the certificate counts as it does for traffic. */
import assert from "node:assert/strict";
import { missingTools } from "../tools.ts";
import {
  type Certificate,
  issuedFor,
  selfSigned,
} from "./drivers/deno/certificates.ts";
import { answering, originAt, ProbeOrigin, SILENT } from "./probe_origin.ts";
import { HTTP, overDrivers, SHORT_MS, TCP } from "./probe_world.ts";

const CHECKED = { caCerts: [], skipVerify: false };
const UNCHECKED = { caCerts: [], skipVerify: true };

for (const settings of [TCP, HTTP]) {
  overDrivers(
    `${settings.type} probes take an untrusted certificate only without checks`,
    async (open) => {
      for (const tls of [CHECKED, UNCHECKED]) {
        await using world = open({ settings, tls });
        await using origin = listenTls(selfSigned());
        const { ok } = await world.probe(`https://127.0.0.1:${origin.port}`);
        assert.equal(ok, tls.skipVerify);
      }
    },
  );
}

overDrivers("a plain server at an https endpoint has failed", async (open) => {
  await using world = open({ tls: UNCHECKED });
  await using origin = originAt(answering("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await using silent = originAt(SILENT);
  world.prober.configure({ ...TCP, timeoutMs: SHORT_MS });
  for (const { port } of [origin, silent]) {
    const { ok } = await world.probe(`https://127.0.0.1:${port}`);
    assert.equal(ok, false);
  }
  await silent.untilEnds(1);
});

if (missingTools(["openssl"]).length === 0) {
  overDrivers(
    "a certificate of a trusted authority is good for its own name",
    async (open) => {
      const certificate = await issuedFor("a.example");
      const tls = { caCerts: [certificate.authority], skipVerify: false };
      const lookup = () => Promise.resolve(["127.0.0.1"]);
      await using world = open({ settings: HTTP, tls, lookup });
      for (const name of ["a.example", "b.example"]) {
        await using origin = listenTls(certificate);
        const { ok } = await world.probe(`https://${name}:${origin.port}`);
        assert.equal(ok, name === "a.example");
      }
    },
  );
}

function listenTls({ cert, key }: Certificate): ProbeOrigin {
  const hostname = "127.0.0.1";
  const listener = Deno.listenTls({ hostname, port: 0, cert, key });
  return new ProbeOrigin(
    listener,
    answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
  );
}
