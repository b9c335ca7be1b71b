/** What is pushed to a running server: configurations that can't be right, one that is, and a new certificate. */
import { comes, type Fault, type Scene } from "../scene.ts";
import { APP_PATH, type Issued } from "../stage.ts";

/** How soon a signal is acted on. */
const SIGNAL_MS_MAX = 10_000;
/** A key whose change nobody notices, and its range of values. */
const HARMLESS = { key: "write_stall_seconds", min: 31, max: 60 };
const RELOAD = "/_opsen/config/reload";

/** Garbage, then a file with a wrong value: both refused, by both ways. Then a good change, which is applied. */
export const badConfig: Fault = async (scene) => {
  const { stage: { server }, record, lengthMs } = scene;
  const good = Deno.readTextFileSync(server.configFile);
  record.fromMs = performance.now();
  const before = await configOf(scene);
  const withoutHarmless = good.split("\n")
    .filter((line) => !line.startsWith(HARMLESS.key)).join("\n");
  const value = HARMLESS.min +
    Math.floor(performance.now()) % (HARMLESS.max - HARMLESS.min);
  const changed = `${withoutHarmless}${HARMLESS.key}: ${value}\n`;
  try {
    for (const bad of ["{ [ : no YAML", `${good}panic: perhaps\n`]) {
      push(server.configFile, bad);
      await reloads(scene, false);
      server.process.kill("SIGHUP");
      await scene.wait(lengthMs / 2);
    }
    const after = await configOf(scene);
    if (after?.version !== before?.version) {
      scene.complain("A configuration that can't be right was applied");
    }
  } finally {
    push(server.configFile, changed);
  }
  server.process.kill("SIGHUP");
  const isApplied = await comes(scene, SIGNAL_MS_MAX, async () => {
    const version = (await configOf(scene))?.version;
    return version !== undefined && version !== before?.version;
  });
  if (!isApplied) {
    scene.complain(
      `A good configuration is not applied ${SIGNAL_MS_MAX} ms after SIGHUP`,
    );
  }
  record.toMs = performance.now();
};

/** New files are put in place and loaded: new handshakes show them, and a connection that stands goes on. */
export const certificateSwapped: Fault = async (scene) => {
  const { stage, record, lengthMs } = scene;
  const { server } = stage;
  const { port } = new URL(server.url);
  const standing = await Deno.connectTls({
    hostname: "localhost",
    port: Number(port),
    caCerts: stage.certificates.map(({ authority }) => authority),
  });
  using _closing = { [Symbol.dispose]: () => standing.close() };
  const path = `${APP_PATH}standing`;
  await asked(standing, path);
  const shown = await shownCertificate(scene);
  const next = stage.certificates.find((issued) => issued !== shown);
  if (next === undefined) throw new Error("There is no certificate to swap to");
  record.fromMs = performance.now();
  push(stage.certificateFile, next.cert);
  push(stage.keyFile, next.key);
  await reloads(scene, true);
  await scene.wait(lengthMs);
  if (await shownCertificate(scene) !== next) {
    scene.complain("New handshakes do not show the new certificate");
  }
  await asked(standing, path).catch((error) =>
    scene.complain(`A connection did not outlive a new certificate: ${error}`)
  );
  record.toMs = performance.now();
};

/** Asks for a reload; complains when it is taken or refused against what is wanted. */
async function reloads(scene: Scene, isWanted: boolean): Promise<void> {
  const { status, body } = await scene.stage.server.ask(RELOAD, {
    method: "POST",
  });
  if ((status === 200) === isWanted) return;
  scene.complain(
    `"POST ${RELOAD}" answered ${status}, wanted was that the configuration is ${
      isWanted ? "taken" : "refused"
    }: ${JSON.stringify(body)}`,
  );
}

async function configOf(
  { stage: { server } }: Scene,
): Promise<{ readonly version: number } | undefined> {
  const { body } = await server.ask("/health");
  return (body as { config?: { version: number } }).config;
}

/** The certificate of new handshakes, found by who must be trusted for one; undefined when it is none of ours. */
async function shownCertificate(
  { stage }: Scene,
): Promise<Issued | undefined> {
  for (const issued of stage.certificates) {
    using client = Deno.createHttpClient({ caCerts: [issued.authority] });
    try {
      const response = await fetch(`${stage.server.url}/health`, { client });
      await response.body?.cancel();
      return issued;
    } catch {
      // It shows another one.
    }
  }
  return undefined;
}

/** One request on a connection that stays open. */
async function asked(connection: Deno.TlsConn, path: string): Promise<void> {
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  let answer = "";
  const bytes = new Uint8Array(4096);
  // A small answer of known length ends with the brace of its JSON.
  while (!answer.endsWith("}")) {
    const length = await connection.read(bytes);
    if (length === null) throw new Error(`It ended after "${answer}"`);
    answer += new TextDecoder().decode(bytes.subarray(0, length));
  }
  if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(answer);
}

/** Replaces the file in one step. */
function push(path: string, text: string): void {
  Deno.writeTextFileSync(`${path}.new`, text);
  Deno.renameSync(`${path}.new`, path);
}
