/** Messages that are small until somebody unpacks them. */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { type AttackKind, expect } from "../case.ts";
import { ask, codeIn, say, statuses, told } from "../say.ts";
import { type AttackStage, OWNER_KEY } from "../stage.ts";

const MEBIBYTE = 1024 * 1024;
/** Less than one message would be when it is unpacked for each path. */
const MEMORY_BYTES = 64 * MEBIBYTE;
const JSON_TYPE = "Content-Type: application/json";
const KEY = `X-API-Key: ${OWNER_KEY}`;

/** All about compression. */
export const COMPRESSION: AttackKind = {
  kind: "compression",
  cases: [
    {
      name: "a compressed message to the API: 64 MiB in 64 KiB",
      expects: "415 unsupported_encoding, and memory as before",
      isQuick: true,
      run: refusesBomb,
    },
    {
      name: "the same to a backend, and a compressed answer",
      expects: "octet by octet what was sent",
      isQuick: true,
      run: passesBombOn,
    },
  ],
};

async function refusesBomb(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  const bomb = bombText();
  const before = server.memoryBytes();
  for (const path of ["/register", "/stats", "/route", "/_opsen/enrol"]) {
    const heard = await say(
      server.port,
      ask(`POST ${path}`, [JSON_TYPE, KEY, "Content-Encoding: gzip"], bomb),
    );
    expect(
      statuses(heard).join() === "415",
      () => `${path}: ${told(heard)} ${codeIn(heard.answers[0])}`,
    );
  }
  const grown = server.memoryBytes() - before;
  expect(grown < MEMORY_BYTES, () => `${grown} octets more memory`);
}

async function passesBombOn(stage: AttackStage): Promise<void> {
  const { port } = await stage.server();
  const bomb = bombText();
  stage.origin.taken();
  const heard = await say(
    port,
    ask("POST /x", [
      JSON_TYPE,
      "Content-Encoding: gzip",
      "Accept-Encoding: gzip",
    ], bomb),
  );
  const [seen] = stage.origin.taken();
  expect(
    statuses(heard).join() === "200" && seen?.body === bomb &&
      /content-encoding: gzip/i.test(seen.head),
    () => `${told(heard)}; ${seen?.body.length} of ${bomb.length} octets`,
  );
}

/** Zeros, compressed a thousandfold; one character per octet. */
function bombText(): string {
  return Buffer.from(gzipSync(new Uint8Array(64 * MEBIBYTE))).toString(
    "latin1",
  );
}
