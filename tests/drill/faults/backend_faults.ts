/** Faults of one backend or its client. */
import type { BackendMode } from "../backend_process.ts";
import { LAST_REQUEST_MS_MAX } from "../verdict.ts";
import { PortWatch } from "../port_watch.ts";
import { comes, type Fault, type Scene } from "../scene.ts";

/** How long a backend that is well again may be left out: the longest ejection, and a few probes. */
const BACK_MS_MAX = 65_000;

/** The process is gone: connections are refused, those that stood are reset. */
export const backendKilled: Fault = async (scene) => {
  const { member, record, lengthMs } = scene;
  const startedAt = Date.now();
  record.fromMs = performance.now();
  await member.killBackend();
  const untilWatchMs = Math.round(LAST_REQUEST_MS_MAX + scene.spareMs());
  await scene.wait(untilWatchMs);
  {
    await using watch = new PortWatch(member.port);
    await scene.wait(Math.max(0, lengthMs - untilWatchMs));
    const [first] = watch.requests;
    if (first !== undefined) {
      scene.complain(
        `"${member.id}" got ${watch.requests.length} new requests later than ${untilWatchMs} ms after it had died, the first was "${first}"`,
      );
    }
  }
  const lastMs = await scene.stage.server.lastPlacementMs(member.id);
  if (lastMs !== undefined && lastMs > startedAt) {
    record.lastRequestMs = lastMs - startedAt;
  }
  await member.startBackend();
  record.toMs = performance.now();
  await back(scene);
};

/** The process does nothing: the kernel still takes connections and requests for it. */
export const backendFrozen: Fault = async (scene) => {
  const { member, record, lengthMs } = scene;
  record.fromMs = performance.now();
  member.signal("SIGSTOP");
  await scene.wait(lengthMs);
  member.signal("SIGCONT");
  record.toMs = performance.now();
  await back(scene);
};

/** Answers otherwise for a while. */
export function backendAnswers(mode: BackendMode): Fault {
  return async (scene) => {
    const { member, record, lengthMs } = scene;
    record.fromMs = performance.now();
    await member.answer(mode);
    await scene.wait(lengthMs);
    await member.answer("normal");
    record.toMs = performance.now();
    await back(scene);
  };
}

/** Nobody reports for the machine any more, until the client runs again. */
export const clientKilled: Fault = async (scene) => {
  const { member, record, lengthMs } = scene;
  record.fromMs = performance.now();
  await member.killClient();
  await scene.wait(lengthMs);
  await member.startClient();
  record.toMs = performance.now();
  await back(scene);
};

/** It can be chosen again. */
async function back(scene: Scene): Promise<void> {
  const { stage: { server }, member } = scene;
  const isBack = await comes(
    scene,
    BACK_MS_MAX,
    async () => (await server.obstacles()).get(member.id) === null,
  );
  if (!isBack) {
    scene.complain(
      `"${member.id}" is not chosen again ${BACK_MS_MAX} ms after it is well: ${
        (await server.obstacles()).get(member.id)
      }`,
    );
  }
}
