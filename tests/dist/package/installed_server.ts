/** The server of an installed package, started in a clean Debian as its unit would start it. */
import assert from "node:assert/strict";
import { freePort } from "../../free_port.ts";
import type { CleanDebian } from "./clean_debian.ts";

const UNIT = "/usr/lib/systemd/system/opsen-server.service";
const LOG = "/tmp/opsen-server.log";
const TRIES = 300;
const TRY_MS = 100;

/** Runs the server, has `work` talk to it, and ends it; it has to end well. */
export async function withServer(
  debian: CleanDebian,
  work: (url: string, pid: number) => Promise<void>,
): Promise<void> {
  const unit = Deno.readTextFileSync(debian.outside(UNIT));
  const setting = (name: string) =>
    new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const port = freePort();
  await debian.run(
    ...["install", "-d", "-o", "opsen", "-g", "opsen", "-m", "0700"],
    "/var/cache/opsen",
  );
  const server = debian.start(
    setting("User"),
    setting("WorkingDirectory"),
    setting("ExecStart").split(" "),
    { OPSEN_PORT: `${port}`, CACHE_DIRECTORY: "/var/cache/opsen" },
    LOG,
  );
  const log = () => Deno.readTextFileSync(debian.outside(LOG));
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilHealthy(url, log);
    await work(url, server.pid);
  } finally {
    server.kill("SIGTERM");
    const { code } = await server.output();
    assert.equal(code, 0, log());
  }
}

/** Name of the user that a process runs as. */
export async function userOf(
  debian: CleanDebian,
  pid: number,
): Promise<string> {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const id = /^Uid:\t(\d+)/m.exec(status)?.[1] ?? "";
  return (await debian.run("getent", "passwd", id)).said.split(":")[0] ?? "";
}

async function untilHealthy(url: string, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      const response = await fetch(`${url}/health`);
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_MS));
  }
  throw new Error(`Cannot reach "${url}": the server said ${log()}`);
}
