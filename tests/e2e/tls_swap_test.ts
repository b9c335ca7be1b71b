import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { issuedFor } from "../edge/drivers/deno/certificates.ts";
import { toolTest } from "../tools.ts";
import {
  issued,
  openTrusting,
  serialAt,
  showCertificate,
  startEncrypted,
} from "./encrypted.ts";
import { DRIVERS, ProxyStage } from "./proxy_stage.ts";
import { countingOrigin, SteadyLoad } from "./steady_load.ts";

/** Callers of each kind. */
const CALLERS = 4;
/** Room for all of them at once. */
const MACHINE = { cores: 256, memoryGb: 1_024 };
const SWAPS = 3;
/** The version that the server starts with: the one without TLS had the first. */
const VERSION = 2;

for (const driver of DRIVERS) {
  toolTest(
    "openssl",
    `a certificate is replaced under load, and no request fails (${driver})`,
    async () => {
      await using stage = new ProxyStage(driver);
      const certificates = await Promise.all(
        Array.from({ length: SWAPS + 1 }, issued),
      );
      const [first, ...others] = certificates;
      assert.ok(first !== undefined);
      await showCertificate(stage, first);
      const named = await issuedFor("named.test");
      await showCertificate(stage, named, "named");
      const origin = stage.keep(countingOrigin());
      const server = await startEncrypted(
        stage,
        { one: { to: origin, ...MACHINE } },
        { rate_limit_per_minute: 0, read_header_timeout_seconds: 60 },
        {
          tls: [{
            hosts: ["named.test"],
            cert_file: `${stage.home.folder}/named.pem`,
            key_file: `${stage.home.folder}/named.key`,
          }],
        },
      );
      assert.equal(await serialAt(server.port), serialOf(first));
      assert.equal(await serialAt(server.port, "named.test"), serialOf(named));
      const open = openTrusting(certificates.map((one) => one.authority));
      using standing = await open(server.port);
      const load = new SteadyLoad(
        server.port,
        { standing: CALLERS, passing: CALLERS },
        open,
      );
      for (const [index, certificate] of others.entries()) {
        await load.more(50);
        await showCertificate(stage, certificate);
        server.process.kill("SIGHUP");
        await server.process.said(
          new RegExp(`Configuration applied version=${VERSION + index + 1} `),
        );
        await load.more(50);
        assert.equal(await serialAt(server.port), serialOf(certificate));
      }

      // Both drivers would wait for the same look.
      if (driver === DRIVERS[0]) {
        await showCertificate(stage, first, "named");
        await server.process.said(/Certificates changed and are in use/);
        await load.more(50);
        assert.equal(
          await serialAt(server.port, "named.test"),
          serialOf(first),
        );
      }

      await Deno.writeTextFile(`${stage.home.folder}/cert.pem`, first.cert);
      server.process.kill("SIGHUP");
      await server.process.said(/the private key is not that of the/);
      await load.more(50);
      const last = certificates.at(-1);
      assert.equal(await serialAt(server.port), last && serialOf(last));

      await standing.send("GET / HTTP/1.1\r\nHost: x\r\nX-Number: 0\r\n\r\n");
      assert.match(await standing.head(), /^HTTP\/1\.1 200 /);
      await load.ended();
      assert.deepEqual(load.failed, []);
      assert.deepEqual(load.resetAtFirst, []);
      assert.equal(load.refused, 0);
      assert.deepEqual(
        new Set(origin.seen.keys()),
        new Set([0, ...load.answered]),
      );
      assert.deepEqual(new Set(origin.seen.values()), new Set([1]));
    },
  );
}

function serialOf({ cert }: { readonly cert: string }): string {
  return new X509Certificate(cert).serialNumber;
}
