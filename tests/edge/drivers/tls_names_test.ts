import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:tls";
import { Authority } from "./deno/authority.ts";
import { Recorder } from "./recorder.ts";
import { tlsTest } from "./tls_stage.ts";
import { bytesOf, readUntilOver } from "./traffic.ts";

tlsTest(
  "each name gets its own certificate, then that of its wildcard, and whoever asks for no known name the first",
  async (open) => {
    await using stage = await open();
    await using authority = await Authority.make();
    const first = await authority.forHosts("first.test");
    const wild = await authority.forHosts("*.wild.test");
    const own = await authority.forHosts("own.wild.test");
    const named = [
      { hosts: ["*.Wild.test."], ...wild },
      { hosts: ["own.wild.test"], ...own },
      { hosts: ["own.wild.test"], ...first },
    ];
    const listening = stage.keep(stage.driver.listen(
      { hostname: "127.0.0.1", port: 0, tls: { ...first, named } },
      () => stage.recorder(),
    ));
    for (
      const [asked, shown] of [
        ["first.test", "first.test"],
        ["other.test", "first.test"],
        [undefined, "first.test"],
        ["own.wild.test", "own.wild.test"],
        ["OWN.wild.TEST", "own.wild.test"],
        ["a.wild.test", "*.wild.test"],
        ["a.own.wild.test", "first.test"],
        ["wild.test", "first.test"],
      ] as const
    ) assert.equal(await nameShown(listening.port, asked), shown, asked);

    listening.replaceCertificate({ ...wild, named: named.slice(1, 2) });
    assert.equal(await nameShown(listening.port, "first.test"), "*.wild.test");
    assert.equal(
      await nameShown(listening.port, "own.wild.test"),
      "own.wild.test",
    );
    assert.throws(() =>
      listening.replaceCertificate({
        ...first,
        named: [{ hosts: ["a.test"], cert: own.cert, key: wild.key }],
      })
    );
    assert.equal(await nameShown(listening.port, "first.test"), "*.wild.test");
  },
  ["openssl"],
);

tlsTest(
  "who speaks plain HTTP to a listener for TLS is told so, before and after names are known",
  async (open) => {
    await using stage = await open();
    await using authority = await Authority.make();
    const tls = await authority.forHosts("a.test");
    const listening = stage.keep(stage.driver.listen(
      { hostname: "127.0.0.1", port: 0, tls },
      () => new Recorder(),
    ));
    for (const named of [[], [{ hosts: ["a.test"], ...tls }]]) {
      listening.replaceCertificate({ ...tls, named });
      const rude = await stage.call(listening.port);
      await rude.write(bytesOf("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"));
      const answer = await textUntilOver(rude);
      const [head = "", body = ""] = answer.split("\r\n\r\n");
      assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.match(head, /\r\nContent-Type: application\/problem\+json\r\n/);
      assert.match(head, new RegExp(`\r\nContent-Length: ${body.length}\r\n`));
      assert.match(head, /\r\nConnection: close$/);
      assert.equal(JSON.parse(body).code, "tls_required");
      const noise = await stage.call(listening.port);
      await noise.write(bytesOf("\x16\x03\x01\x00\x05ETC, never a greeting"));
      assert.doesNotMatch(await textUntilOver(noise), /HTTP/);
      assert.equal(await nameShown(listening.port, "a.test"), "a.test");
    }
  },
  ["openssl"],
);

async function textUntilOver(connection: Deno.Conn): Promise<string> {
  return new TextDecoder().decode((await readUntilOver(connection)).bytes);
}

/** The common name that a caller is shown who asks for a name, or for none. */
async function nameShown(
  port: number,
  servername: string | undefined,
): Promise<string> {
  const at = { host: "127.0.0.1", port, rejectUnauthorized: false };
  const caller = connect({
    ...at,
    ...(servername !== undefined && { servername }),
  });
  await once(caller, "secureConnect");
  const { subject } = caller.getPeerCertificate();
  caller.destroy();
  return String(subject.CN);
}
