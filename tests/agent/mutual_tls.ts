/** A server that asks whoever calls for a certificate, and files of certificates, for tests. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type SelfSigned, selfSigned } from "../../src/trust/self_signed.ts";

const DAY_MS = 86_400_000;

/** A certificate for this machine that is good today. */
export function forThisMachine(): Promise<SelfSigned> {
  return selfSigned({
    names: ["localhost", "127.0.0.1"],
    from: new Date(Date.now() - DAY_MS),
    until: new Date(Date.now() + DAY_MS),
  });
}

/** Certificates and keys in files of a folder of their own. */
export class CertificateFolder implements Disposable {
  readonly path = Deno.makeTempDirSync();

  /** Writes a file; its path. */
  put(name: string, text: string): string {
    const path = `${this.path}/${name}`;
    Deno.writeTextFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A server that answers with JSON whom it takes; others end in the handshake or with their first request. */
export class MutualServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.url = `https://localhost:${port}`;
  }

  /** Listens; `authority` is whose certificates it takes. */
  static async open(
    { certificate: cert, key }: SelfSigned,
    authority: string,
    answer: unknown,
  ): Promise<MutualServer> {
    const options = { cert, key, ca: [authority], requestCert: true };
    const server = createServer(
      { ...options, rejectUnauthorized: true },
      (request, response) => {
        request.resume();
        response.setHeader("content-type", "application/json");
        response.end(Buffer.from(JSON.stringify(answer)));
      },
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new MutualServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
