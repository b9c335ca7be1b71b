/** nginx as the origin of small and large replies, and the parts of its configuration that do not differ by role. */
import { freePort } from "../../free_port.ts";
import { type Program, startProgram } from "./program.ts";

/** The small reply. */
export const SMALL = {
  path: "/small",
  body: "a small reply of 32 bytes, no nl",
};
/** The large reply: 1 MB of bytes that differ, so that a piece lost or twice is seen. */
export const LARGE = { path: "/large", bytes: largeBytes() };

/** An origin on several ports. */
export interface Origin extends AsyncDisposable {
  readonly ports: readonly number[];
}

/** Starts it; `folder` is its own. */
export async function startNginxOrigin(
  portCount: number,
  folder: string,
): Promise<Origin> {
  const ports = Array.from({ length: portCount }, freePort);
  await Deno.writeFile(`${folder}${LARGE.path}`, LARGE.bytes);
  const file = await nginxFile(
    folder,
    `
    server {
      ${ports.map((p) => `listen 127.0.0.1:${p} backlog=4096;`).join(" ")}
      default_type application/octet-stream;
      location = ${SMALL.path} { return 200 "${SMALL.body}"; }
      location / { root ${folder}; }
    }`,
  );
  const nginx: Program = await startProgram({
    program: "nginx",
    args: ["-p", folder, "-c", file],
    port: ports[0] ?? 0,
  });
  return { ports, [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose]() };
}

/** Writes a configuration of one worker in the foreground, all of whose files stay in `folder`; the file's path. */
export async function nginxFile(folder: string, http: string): Promise<string> {
  const file = `${folder}/nginx.conf`;
  // Without it a worker of root changes its user, who may not read the folder.
  const user = Deno.uid() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((what) => `${what}_temp_path ${folder}/${what};`);
  await Deno.writeTextFile(
    file,
    `
    daemon off; ${user} worker_processes 1; pid ${folder}/nginx.pid;
    error_log stderr error;
    events { worker_connections 8192; }
    http {
      ${temporary.join(" ")}
      access_log off; sendfile on; tcp_nodelay on;
      keepalive_timeout 1h; keepalive_requests 100000000;
      ${http}
    }
`,
  );
  return file;
}

function largeBytes(): Uint8Array {
  const bytes = new Uint8Array(1_000_000);
  let state = 1;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
