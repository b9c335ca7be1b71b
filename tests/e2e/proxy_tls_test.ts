import assert from "node:assert/strict";
import {
  type Certificate,
  issuedFor,
  selfSigned,
} from "../edge/drivers/deno/certificates.ts";
import { toolTest } from "../tools.ts";
import { echoOrigin } from "./proxy_origins.ts";
import { call, DRIVERS, join, ProxyStage, refusal } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";

// Certificates for a name are made by openssl.
const NEEDS = "openssl";

for (const driver of DRIVERS) {
  toolTest(
    NEEDS,
    `a TLS listener proxies for fetch, and cuts a slow handshake (${driver})`,
    async () => {
      const certificate = await issuedFor("localhost");
      await using stage = new ProxyStage(driver);
      const origin = stage.keep(echoOrigin("one"));
      const plain = await stage.startWith({ one: { to: origin } });
      await plain.process.stop();
      const server = await stage.start({
        tls_cert_file: await pemFile(stage, "cert.pem", certificate.cert),
        tls_key_file: await pemFile(stage, "key.pem", certificate.key),
        read_header_timeout_seconds: 1,
      });
      using slow = await Wire.open(server.port);
      // The first octets of a ClientHello (RFC 8446, section 5.1).
      await slow.send("\x16\x03\x01\x02\x00\x01");
      const cut = slow.ending();

      using client = Deno.createHttpClient({
        caCerts: [certificate.authority],
      });
      const url = `https://localhost:${server.port}`;
      const response = await fetch(`${url}/a?b`, { client });
      const { target, headers } = await response.json();
      assert.equal(target, "/a?b");
      assert.equal(headers["x-forwarded-proto"], "https");
      assert.equal(headers["x-forwarded-host"], `localhost:${server.port}`);
      assert.equal(response.headers.get("x-opsen-backend"), "one");
      const body = "x".repeat(1 << 20);
      const echoed = await fetch(url, { client, method: "POST", body });
      assert.equal((await echoed.json()).body, body);
      await cut;
      await assert.rejects(async () => await fetch(url));
    },
  );

  Deno.test(`a plain request to a TLS listener is told to speak TLS, and disturbs nothing (${driver})`, async () => {
    await using stage = new ProxyStage(driver);
    const { cert, key } = selfSigned();
    const server = await stage.start({
      tls_cert_file: await pemFile(stage, "cert.pem", cert),
      tls_key_file: await pemFile(stage, "key.pem", key),
    });
    using plain = await Wire.open(server.port);
    await plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.match(await plain.head(), /^HTTP\/1\.1 400 /);
    await plain.ending();
    const { stderr, stdout, code } = await server.process.stop();
    assert.equal(code, 0);
    assert.doesNotMatch(stdout + stderr, /ERROR/);
  });

  toolTest(
    NEEDS,
    `a backend's certificate is checked as configured (${driver})`,
    async () => {
      const known = await issuedFor("localhost");
      const wrongName = await issuedFor("other.example");
      await using stage = new ProxyStage(driver);
      const good = stage.keep(echoOrigin("good", known));
      const odd = stage.keep(echoOrigin("odd", wrongName));
      const own = stage.keep(echoOrigin("own", selfSigned()));
      const upstream_ca_file = await pemFile(
        stage,
        "ca.pem",
        known.authority + wrongName.authority,
      );

      const careful = await stage.startWith({ one: { to: good } }, {
        upstream_ca_file,
      });
      const { seen } = await call(careful, "/x", {
        method: "POST",
        body: "over TLS",
      });
      assert.deepEqual([seen.backend, seen.body], ["good", "over TLS"]);
      for (const untrusted of [odd, own]) {
        await join(careful, "one", { to: untrusted });
        assert.deepEqual(await refusal(careful, "/"), [502, "upstream_tls"]);
      }
      await careful.process.stop();

      const usual = await stage.startWith({ one: { to: good } });
      assert.deepEqual(await refusal(usual, "/"), [502, "upstream_tls"]);
      await usual.process.stop();

      const careless = await stage.startWith({}, {
        tls_insecure_skip_verify: true,
      });
      for (const any of [good, odd, own]) {
        await join(careless, "one", { to: any });
        await call(careless, "/");
      }
    },
  );
}

async function pemFile(
  { home }: ProxyStage,
  name: string,
  text: Certificate["cert"],
): Promise<string> {
  const path = `${home.folder}/${name}`;
  await Deno.writeTextFile(path, text);
  return path;
}
