import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:tls";
import type { Certificate } from "../../../src/edge/driver.ts";
import { Authority } from "./deno/authority.ts";
import { selfSigned } from "./deno/certificates.ts";
import { FakeLogger } from "../../fakes/logger.ts";
import { type TlsStage, tlsTest } from "./tls_stage.ts";

const YESTERDAY = new Date(Date.now() - 86_400_000);

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  tlsTest(
    `callers are taken with a good certificate only (${version})`,
    async (open) => {
      const logger = new FakeLogger();
      await using stage = await open({ logger, now: () => 0 });
      await using authority = await Authority.make();
      await using stranger = await Authority.make();
      const server = await authority.forHosts("a.test");
      const good = await authority.forClient();
      const wrong = {
        "of nobody": selfSigned(),
        "of another authority": await stranger.forClient(),
        "expired": await authority.forClient({ until: YESTERDAY }),
        "for servers": await authority.issue({
          name: "a server",
          extensions: ["extendedKeyUsage = serverAuth"],
        }),
      };
      await using between = await Authority.make(authority);
      const { cert, key } = await between.forClient();
      const farther = { cert: cert + between.pem, key };
      const visits = new Visits(stage, server, version);
      for (
        const servername of ["a.test", "named.test"]
      ) {
        for (const isRequired of [true, false]) {
          visits.ask({ authorities: authority.pem, isRequired });
          assert.ok(await visits.comesIn(servername, good));
          assert.ok(await visits.comesIn(servername, farther));
          assert.equal(await visits.comesIn(servername), !isRequired);
          for (const [which, certificate] of Object.entries(wrong)) {
            const isIn = await visits.comesIn(servername, certificate);
            assert.ok(!isIn, `${which}, ${servername}, ${isRequired}`);
          }
        }
      }

      visits.ask({
        authorities: `# both\n${authority.pem}\n${stranger.pem}`,
        isRequired: true,
      });
      assert.ok(await visits.comesIn("a.test", good));
      assert.ok(
        await visits.comesIn("a.test", wrong["of another authority"]),
      );
      visits.ask(undefined);
      assert.ok(await visits.comesIn("a.test", wrong.expired));
      assert.ok(await visits.comesIn("a.test"));
      // Once a minute.
      assert.deepEqual(logger.messages("warn"), [
        "A caller's certificate is refused (tls_client_ca_file)",
      ]);
    },
    ["openssl"],
  );
}

tlsTest(
  "an upstream that asks for a certificate is shown the one that is there now",
  async (open) => {
    await using stage = await open();
    await using authority = await Authority.make();
    const server = await authority.forHosts("a.test");
    const listening = stage.keep(stage.driver.listen({
      hostname: "127.0.0.1",
      port: 0,
      tls: {
        ...server,
        clients: { authorities: authority.pem, isRequired: true },
      },
    }, (socket) => {
      socket.write(new Uint8Array(1), 0, 1);
      return stage.recorder();
    }));
    const isLetIn = () =>
      new Promise<boolean>((resolve) => {
        const onBytes = () => resolve(true);
        const onOver = () => resolve(false);
        stage.driver.connect(
          {
            ...{ kind: "tls", ip: "127.0.0.1", serverName: "a.test" },
            port: listening.port,
          },
          stage.recorder({ onBytes, onEnd: onOver, onGone: onOver }),
        );
      });
    const caCerts = [authority.pem];
    const checks = { caCerts, skipVerify: false };
    stage.driver.checkUpstreams(checks);
    assert.ok(!await isLetIn());
    const certificate = await authority.forClient();
    stage.driver.checkUpstreams({ ...checks, certificate });
    assert.ok(await isLetIn());
    assert.throws(() =>
      stage.driver.checkUpstreams({
        ...checks,
        certificate: { cert: certificate.cert, key: "none" },
      })
    );
    assert.ok(await isLetIn());
  },
  ["openssl"],
);

tlsTest(
  "a caller without the certificate that is required is told of",
  async (open) => {
    const logger = new FakeLogger();
    await using stage = await open({ logger });
    await using authority = await Authority.make();
    const server = await authority.forHosts("a.test");
    const visits = new Visits(stage, server, "TLSv1.3");
    visits.ask({ authorities: authority.pem, isRequired: false });
    assert.ok(await visits.comesIn("a.test"));
    assert.deepEqual(logger.messages("warn"), []);
    visits.ask({ authorities: authority.pem, isRequired: true });
    assert.ok(!await visits.comesIn("a.test"));
    const { data } = logger.lines.find(({ level }) => level === "warn") ?? {};
    assert.deepEqual(data, {
      ip: "127.0.0.1",
      reason: "peer sent no certificates",
    });
  },
  ["openssl"],
);

/** Callers of one listener, with this certificate and by a name too. */
class Visits {
  readonly #version: "TLSv1.2" | "TLSv1.3";
  readonly #server: Certificate;
  readonly #listening;

  constructor(
    stage: TlsStage,
    server: Certificate,
    version: "TLSv1.2" | "TLSv1.3",
  ) {
    this.#server = server;
    this.#version = version;
    this.#listening = stage.keep(stage.driver.listen(
      { hostname: "127.0.0.1", port: 0, tls: server },
      (socket) => {
        socket.write(new Uint8Array(1), 0, 1);
        return stage.recorder();
      },
    ));
  }

  /** From now on callers are asked for this. */
  ask(
    clients:
      | { readonly authorities: string; readonly isRequired: boolean }
      | undefined,
  ): void {
    this.#listening.replaceCertificate({
      ...this.#server,
      named: [{ hosts: ["named.test"], ...this.#server }],
      ...(clients !== undefined && { clients }),
    });
  }

  /** Whether a caller gets as far as the first octet. */
  async comesIn(servername: string, shown?: Certificate): Promise<boolean> {
    const caller = connect({
      ...{ host: "127.0.0.1", port: this.#listening.port, servername },
      rejectUnauthorized: false,
      minVersion: this.#version,
      maxVersion: this.#version,
      ...shown,
    });
    // Being turned away is an error here and an end there.
    caller.on("error", () => {});
    const isIn = await Promise.race([
      once(caller, "data").then(() => true, () => false),
      once(caller, "close").then(() => false, () => false),
    ]);
    caller.destroy();
    return isIn;
  }
}
