/** The database can't be written for a while, or the clock jumps; nothing may be seen of it but what `/health` says. */
import { fileURLToPath } from "node:url";
import { comes, type Fault, type Scene } from "../scene.ts";

/** How soon a database that takes no writes is said; reports come every second. */
const DEGRADED_MS_MAX = 10_000;
/** How soon it is found to take writes again. */
const RECOVERED_MS_MAX = 30_000;
const HOUR_MS = 3_600_000;
/** Less than any write of a page ends at. */
const FILE_BYTES_MAX = 4096;

/**
 * No file of the server may grow or be written beyond its first page, which SQLite meets as it meets a full disk: by
 * errors of its writes. It takes no privilege.
 */
export const diskFull: Fault = async (scene) => {
  const { stage: { server }, record, lengthMs } = scene;
  const { pid } = server.process;
  record.fromMs = performance.now();
  await limit(pid, `${FILE_BYTES_MAX}`);
  try {
    const isSaid = await comes(
      scene,
      DEGRADED_MS_MAX,
      async () => (await server.health()).store?.status === "degraded",
    );
    if (!isSaid) {
      scene.complain(
        `The server did not say that its disk is full within ${DEGRADED_MS_MAX} ms`,
      );
    }
    await scene.wait(lengthMs);
  } finally {
    await limit(pid, "unlimited");
  }
  record.toMs = performance.now();
  await recovered(scene);
};

/** Another process holds the database. */
export const databaseLocked: Fault = async (scene) => {
  const { stage: { server }, record, lengthMs } = scene;
  const script = fileURLToPath(
    new URL("../../e2e/lock_child.ts", import.meta.url),
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, server.databaseFile],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.getReader();
  try {
    await output.read();
    record.fromMs = performance.now();
    await scene.wait(lengthMs);
  } finally {
    await child.stdin.close();
    await output.cancel();
    await child.status;
  }
  record.toMs = performance.now();
  await recovered(scene);
};

/** The wall clock is an hour ahead, then an hour late, then right. */
export const clockStep: Fault = async (scene) => {
  const { stage: { server }, record, lengthMs } = scene;
  record.fromMs = performance.now();
  for (const shiftMs of [HOUR_MS, -HOUR_MS, 0]) {
    Deno.writeTextFileSync(`${server.shiftFile}.new`, String(shiftMs));
    Deno.renameSync(`${server.shiftFile}.new`, server.shiftFile);
    await scene.wait(lengthMs / 3);
    const told = Date.parse((await server.health()).timestamp);
    if (Math.abs(told - Date.now() - shiftMs) > HOUR_MS / 2) {
      throw new Error(`The server's clock was not stepped by ${shiftMs} ms`);
    }
  }
  record.toMs = performance.now();
};

/** Limits the size of the files that a running process may write, or lifts the limit. */
async function limit(pid: number, bytes: string): Promise<void> {
  // The hard limit stays, so that lifting the soft one takes no privilege.
  const args = ["--pid", String(pid), `--fsize=${bytes}:unlimited`];
  const { success, stderr } = await new Deno.Command("prlimit", { args })
    .output();
  if (success) return;
  throw new Error(
    `Cannot limit files with prlimit: ${new TextDecoder().decode(stderr)}`,
  );
}

async function recovered(scene: Scene): Promise<void> {
  const { stage: { server } } = scene;
  const isSaid = await comes(
    scene,
    RECOVERED_MS_MAX,
    async () => (await server.health()).store?.status === "ok",
  );
  if (isSaid) return;
  scene.complain(
    `The server did not say within ${RECOVERED_MS_MAX} ms that its database takes writes again`,
  );
}
