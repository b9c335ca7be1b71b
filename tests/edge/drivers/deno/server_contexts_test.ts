import assert from "node:assert/strict";
import type { TLSSocket } from "node:tls";
import { ServerContexts } from "../../../../src/edge/drivers/deno/server_contexts.ts";
import { selfSigned } from "./certificates.ts";

/** A caller whose certificate the runtime took. */
function taken(raw: Uint8Array | undefined): TLSSocket {
  const stream = {
    ssl: { verifyError: () => null },
    getPeerCertificate: () => raw && { raw },
  };
  return stream as unknown as TLSSocket;
}

Deno.test("a certificate that can't be read lets nobody in, and breaks nothing", () => {
  const { cert, key } = selfSigned();
  for (const isRequired of [true, false]) {
    const clients = { authorities: cert, isRequired };
    const contexts = new ServerContexts({ cert, key, clients });
    const objection = contexts.objectionTo(taken(Uint8Array.of(0x30, 0x01)));
    assert.match(objection ?? "", /can't be read/);
    assert.equal(
      contexts.objectionTo(taken(undefined)),
      isRequired ? "no certificate" : undefined,
    );
  }
});
