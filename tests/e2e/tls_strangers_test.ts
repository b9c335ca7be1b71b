import assert from "node:assert/strict";
import { selfSigned } from "../edge/drivers/deno/certificates.ts";
import { serialAt, showCertificate } from "./encrypted.ts";
import { proxyTest } from "./proxy_stage.ts";

/** Enough that some of them are accepted and read in one batch of events. */
const STRANGERS = 30;

proxyTest(
  "whoever speaks no TLS to a server with TLS hurts nobody but himself",
  async (stage) => {
    await showCertificate(stage, selfSigned());
    const { folder } = stage.home;
    const server = await stage.start({
      tls_cert_file: `${folder}/cert.pem`,
      tls_key_file: `${folder}/key.pem`,
    });
    const serial = await serialAt(server.port);
    const greetings = [
      "GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
      "\x16\x03\x01\x02\x00garbage in the guise of a greeting",
      "\x80",
      "",
    ];
    for (let n = 0; n < STRANGERS; n++) {
      const greeting = greetings[n % greetings.length] ?? "";
      await talk(server.port, Uint8Array.from(greeting, codeOf));
    }
    assert.equal(await serialAt(server.port), serial);
    const { stderr } = server.process.output();
    assert.doesNotMatch(stderr, /ERROR|Uncaught/);
  },
);

/** Says it and leaves, or waits for the end if it is a whole request. */
async function talk(port: number, greeting: Uint8Array): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    if (greeting.length > 0) await connection.write(greeting);
    const answer = new Uint8Array(1000);
    if (greeting[0] !== codeOf("G")) return;
    while (await connection.read(answer) !== null);
  } catch {
    // Reset: as good as any other end.
  }
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
