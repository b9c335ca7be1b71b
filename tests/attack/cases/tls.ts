/** Strangers at the TLS port: old versions, weak ciphers, no TLS at all, certificates that are not good. */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { Authority } from "../../edge/drivers/deno/authority.ts";
import type { Certificate } from "../../edge/drivers/deno/certificates.ts";
import { missingTools } from "../../tools.ts";
import { type AttackKind, expect, NotTried } from "../case.ts";
import { codeIn, open, say, told } from "../say.ts";
import type { AttackedServer, AttackStage } from "../stage.ts";

const WEAK = ["-cipher", "ALL:@SECLEVEL=0"];
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "SSL 3 or TLS 1.0": ["-tls1", ...WEAK],
  "TLS 1.1": ["-tls1_1", ...WEAK],
  "RSA key exchange": ["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"],
  "finite-field Diffie-Hellman": ["-tls1_2", "-cipher", "DHE:@SECLEVEL=0"],
  "CBC": ["-tls1_2", "-cipher", "ECDHE+SHA1:ECDHE+SHA256+AES:!AESGCM:!AESCCM"],
  "no authentication": ["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"],
  "no encryption": ["-tls1_2", "-cipher", "eNULL:@SECLEVEL=0"],
  "RC4, 3DES": ["-tls1_2", "-cipher", "RC4:3DES:@SECLEVEL=0"],
};
const REQUEST =
  "GET /health HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";

/** Two authorities, of which the server trusts one, and a server that asks callers for certificates. */
interface Scene {
  readonly server: AttackedServer;
  readonly trusted: Authority;
  readonly foreign: Authority;
}

const SCENES = new WeakMap<AttackStage, Promise<Scene>>();

/** All about TLS. */
export const TLS: AttackKind = {
  kind: "TLS",
  cases: [
    {
      name: "a caller with a good certificate, by TLS 1.2 and 1.3",
      expects: "200, so that the cases below mean something",
      run: async (stage) => {
        const { server, trusted } = await sceneOf(stage);
        const good = await trusted.forClient();
        for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
          const heard = await called(server, good, version);
          expect(heard === "200", () => `${version}: ${heard}`);
        }
      },
    },
    {
      name: "callers without a certificate",
      expects: "no answer",
      run: async (stage) => {
        const { server } = await sceneOf(stage);
        await turnsAway(server, undefined, "none");
      },
    },
    {
      name: "certificates that are over, not yet good for it, or of a stranger",
      expects: "no answer",
      run: async (stage) => {
        const { server, trusted, foreign } = await sceneOf(stage);
        const over = new Date(Date.now() - 86_400_000);
        const wrong: Readonly<Record<string, Certificate>> = {
          "one that is over": await trusted.forClient({ until: over }),
          "one of another authority": await foreign.forClient(),
          "one of another authority with the name of ours": await foreign
            .forClient({ name: "an authority" }),
          "one for servers": await trusted.issue({
            name: "a server",
            extensions: ["extendedKeyUsage = serverAuth"],
          }),
        };
        for (const [name, certificate] of Object.entries(wrong)) {
          await turnsAway(server, certificate, name);
        }
      },
    },
    {
      name: `${
        Object.keys(REFUSED).length
      } kinds of old versions and weak ciphers`,
      expects: "no handshake",
      run: refusesWeak,
    },
    {
      name: "plain HTTP, half a greeting, garbage",
      expects:
        "the end, and no more in plain text than 400 tls_required; others go on",
      run: hearsNoPlainHttp,
    },
    {
      name: "300 connections that never finish their handshake",
      expects: "the end of each in time, and service meanwhile",
      run: endsHalfHandshakes,
    },
    {
      name: "names of servers that are none, and too long ones",
      expects: "the usual certificate or no handshake, never a fault",
      run: async (stage) => {
        const { server, trusted } = await sceneOf(stage);
        const good = await trusted.forClient();
        for (const name of ["nowhere.test", "x".repeat(250), "a..b", "*"]) {
          await called(server, good, "TLSv1.3", name);
        }
        const heard = await called(server, good, "TLSv1.3");
        expect(heard === "200", () => heard);
      },
    },
  ],
};

async function turnsAway(
  server: AttackedServer,
  certificate: Certificate | undefined,
  name: string,
): Promise<void> {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const heard = await called(server, certificate, version);
    expect(
      heard !== "200" && !/^[23]/.test(heard),
      () => `${name} by ${version}: ${heard}`,
    );
  }
}

/** The status of an answer, or how the connection ended without one. */
async function called(
  { port }: AttackedServer,
  certificate: Certificate | undefined,
  version: "TLSv1.2" | "TLSv1.3",
  servername = "a.test",
): Promise<string> {
  const socket: TLSSocket = connect({
    ...{ host: "127.0.0.1", port, servername, rejectUnauthorized: false },
    ...{ minVersion: version, maxVersion: version, ...certificate },
  });
  let heard = "";
  socket.on("data", (piece: Uint8Array) => {
    heard += new TextDecoder().decode(piece);
  });
  socket.on("error", () => {});
  socket.on("secureConnect", () => socket.write(REQUEST));
  await once(socket, "close").catch(() => {});
  return /^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? "no answer";
}

async function refusesWeak(stage: AttackStage): Promise<void> {
  needsOpenssl();
  const { server } = await sceneOf(stage);
  const strong = await handshake(server.port, ["-tls1_2"]);
  expect(strong.startsWith("New, TLSv1.2"), () => strong);
  for (const [name, options] of Object.entries(REFUSED)) {
    const line = await handshake(server.port, options);
    expect(/^(nothing|New, \(NONE\))/.test(line), () => `${name}: ${line}`);
  }
}

/** What a handshake with these options comes to: the version and cipher, or that there is none. */
async function handshake(
  port: number,
  options: readonly string[],
): Promise<string> {
  const { stdout } = await new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, ...options],
    stdin: "null",
    stderr: "null",
  }).output();
  return /^New, .*$/m.exec(new TextDecoder().decode(stdout))?.[0] ?? "nothing";
}

async function hearsNoPlainHttp(stage: AttackStage): Promise<void> {
  const { server, trusted } = await sceneOf(stage);
  const good = await trusted.forClient();
  for (
    const text of [
      REQUEST,
      "\x16\x03\x01\x02\x00garbage in the guise of a greeting",
      "\x16\x03\x01\xff\xff" + "x".repeat(70_000),
      "\x80\x2e\x01\x03\x01",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]
  ) {
    const heard = await say(server.port, text, { patienceMs: 5_000 });
    expect(
      heard.isClosed &&
        heard.answers.every((answer) => codeIn(answer) === "tls_required"),
      () => `${JSON.stringify(text.slice(0, 30))}: ${told(heard)}`,
    );
  }
  const heard = await called(server, good, "TLSv1.3");
  expect(heard === "200", () => heard);
}

async function endsHalfHandshakes(stage: AttackStage): Promise<void> {
  const { server, trusted } = await sceneOf(stage);
  const good = await trusted.forClient();
  const sockets = await Promise.all(
    Array.from({ length: 300 }, () => open(server.port)),
  );
  const ends = sockets.map((socket) =>
    new Promise<void>((resolve) => {
      for (const event of ["end", "close"]) socket.on(event, () => resolve());
      socket.resume();
    })
  );
  for (const socket of sockets) socket.write("\x16\x03\x01");
  try {
    const heard = await called(server, good, "TLSv1.3");
    expect(heard === "200", () => heard);
    const patience = AbortSignal.timeout(20_000);
    const isOver = await Promise.race([
      Promise.all(ends).then(() => true),
      once(patience, "abort").then(() => false),
    ]);
    expect(isOver, () => "connections without a handshake after 20 s");
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function sceneOf(stage: AttackStage): Promise<Scene> {
  needsOpenssl();
  let scene = SCENES.get(stage);
  if (scene === undefined) SCENES.set(stage, scene = openScene(stage));
  return scene;
}

async function openScene(stage: AttackStage): Promise<Scene> {
  const trusted = stage.use(await Authority.make());
  const foreign = stage.use(await Authority.make());
  const folder = await Deno.makeTempDir();
  stage.use({
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  });
  const { cert, key } = await trusted.forHosts("a.test");
  const keys = {
    tls_cert_file: `${folder}/cert.pem`,
    tls_key_file: `${folder}/key.pem`,
    tls_client_ca_file: `${folder}/ca.pem`,
    read_header_timeout_seconds: 2,
  };
  await Deno.writeTextFile(keys.tls_cert_file, cert);
  await Deno.writeTextFile(keys.tls_key_file, key);
  await Deno.writeTextFile(keys.tls_client_ca_file, trusted.pem);
  const server = await stage.server(keys);
  return { server, trusted, foreign };
}

function needsOpenssl(): void {
  if (missingTools(["openssl"]).length > 0) throw new NotTried("needs openssl");
}
