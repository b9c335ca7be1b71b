import assert from "node:assert/strict";
import { Authority } from "./deno/authority.ts";
import type { Certificate } from "./deno/certificates.ts";
import { tlsTest } from "./tls_stage.ts";
import { bytesOf } from "./traffic.ts";

/** What callers of `openssl` are told who come in. */
const WELCOME = "welcome in";

/** How a caller came in. */
type Outcome = "whole" | "resumed" | "refused";

for (const version of ["-tls1_2", "-tls1_3"]) {
  tlsTest(
    `a session that is resumed is checked like a whole handshake (${version})`,
    async (open) => {
      await using stage = await open();
      await using authority = await Authority.make();
      await using other = await Authority.make();
      const server = await authority.forHosts("a.test");
      const ours = { authorities: authority.pem, isRequired: true };
      const theirs = { authorities: other.pem, isRequired: true };
      const listening = stage.keep(stage.driver.listen(
        { hostname: "127.0.0.1", port: 0, tls: server },
        (socket) => {
          const welcome = bytesOf(WELCOME);
          socket.write(welcome, 0, welcome.length);
          socket.close();
          return stage.recorder();
        },
      ));
      await using callers = new Callers(
        version,
        listening.port,
        await authority.forClient(),
      );
      assert.equal(await callers.begin("open"), "whole");
      assert.equal(await callers.resume("open"), "resumed");
      assert.equal(await callers.begin("again"), "whole");

      listening.replaceCertificate({ ...server, clients: ours });
      assert.equal(await callers.resume("again"), "refused");
      assert.equal(await callers.begin("ours"), "whole");
      assert.equal(await callers.resume("ours"), "resumed");
      assert.equal(await callers.begin("known"), "whole");

      listening.replaceCertificate({ ...server, clients: theirs });
      assert.equal(await callers.resume("known"), "refused");
    },
    ["openssl"],
  );
}

/** Callers with one certificate that keep their sessions under names. */
class Callers implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync();
  readonly #options: readonly string[];

  constructor(version: string, port: number, { cert, key }: Certificate) {
    Deno.writeTextFileSync(`${this.#folder}/cert`, cert);
    Deno.writeTextFileSync(`${this.#folder}/key`, key);
    this.#options = [
      ...["-connect", `127.0.0.1:${port}`, "-servername", "a.test"],
      ...[version, "-cert", "cert", "-key", "key", "-ign_eof"],
    ];
  }

  begin(session: string): Promise<Outcome> {
    return this.#call("-sess_out", session);
  }

  resume(session: string): Promise<Outcome> {
    return this.#call("-sess_in", session);
  }

  async #call(...options: readonly string[]): Promise<Outcome> {
    const { stdout } = await new Deno.Command("openssl", {
      args: ["s_client", ...this.#options, ...options],
      cwd: this.#folder,
      stdin: "null",
      stderr: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (!text.includes(WELCOME)) return "refused";
    return /^Reused, /m.test(text) ? "resumed" : "whole";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
