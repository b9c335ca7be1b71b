/** What a server holds, as the system and its own API tell. */
import type { TestServer } from "../e2e/server_home.ts";

/** What a server holds. */
export interface Held {
  readonly files: number;
  readonly holds: number;
  readonly rssBytes: number;
}

/** Looks at a server; needs /proc. */
export async function heldBy(server: TestServer): Promise<Held> {
  let holds = 0;
  for (const { held } of (await server.clients()).values()) {
    holds += held.leases;
  }
  const proc = `/proc/${server.process.pid}`;
  const status = await Deno.readTextFile(`${proc}/status`);
  return {
    files: [...Deno.readDirSync(`${proc}/fd`)].length,
    holds,
    rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
  };
}

/** Bytes for people. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
