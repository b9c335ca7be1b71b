/** Kills a server while callers work on it from all sides. */
import assert from "node:assert/strict";
import type { SeededRandom } from "../fakes/random.ts";
import type { TestServer } from "./server_home.ts";

/** How it is done. */
export interface Cut {
  /** Callers at once. */
  readonly callers: number;
  /** The server is killed after so many answers, drawn between the two. */
  readonly answers: readonly [min: number, max: number];
  /** Makes every call's name another one. */
  readonly round: number;
  /** One call; it rejects with a TypeError when its connection dies with the server. */
  readonly call: (name: string) => Promise<void>;
}

/** Calls until the server is dead. */
export async function cutInTheMiddle(
  server: TestServer,
  random: SeededRandom,
  { callers, answers: [min, max], round, call }: Cut,
): Promise<void> {
  const cutAfter = min + Math.floor(random.next() * (max - min));
  let answers = 0;
  await Promise.all(Array.from({ length: callers }, async (_, caller) => {
    for (let number = 0; answers < cutAfter; number++) {
      try {
        await call(`${round}.${caller}.${number}`);
      } catch (error) {
        if (error instanceof TypeError) return;
        throw error;
      }
      if (++answers === cutAfter) server.process.kill("SIGKILL");
    }
  }));
  const { signal } = await server.process.ended();
  assert.equal(signal, "SIGKILL");
}
