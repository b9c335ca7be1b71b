/** The server itself is killed or stopped, and starts again on the same port and database. */
import type { Fault, Scene } from "../scene.ts";

/** SIGKILL at any point. */
export const serverKilled: Fault = async (scene) => {
  const { stage: { server }, record } = scene;
  record.fromMs = performance.now();
  await server.end("SIGKILL");
  await server.start();
  record.toMs = performance.now();
  await checkLeases(scene, "after a kill -9");
};

/** SIGTERM, as a service manager sends it. */
export const serverStopped: Fault = async (scene) => {
  const { stage: { server }, record } = scene;
  record.fromMs = performance.now();
  const code = await server.end("SIGTERM");
  if (code !== 0) {
    scene.complain(`The server ended with ${code} after SIGTERM, not with 0`);
  }
  await server.start();
  record.toMs = performance.now();
  await checkLeases(scene, "after a stop");
};

/** Every acknowledged lease that lives is known. */
export async function checkLeases(
  { stage: { server }, books, faults, complain }: Pick<
    Scene,
    "stage" | "books" | "faults" | "complain"
  >,
  when: string,
): Promise<void> {
  const missing = books.missing(await server.leaseIds(), faults);
  const [first] = missing;
  if (first === undefined) return;
  complain(
    `${missing.length} of ${books.liveLeases} live leases are lost ${when}: "${first.id}" on "${first.backend}" was the first`,
  );
}
