/**
 * A backend of the drill, in a process of its own so that it can be killed and frozen:
 * `backend_process.ts ID PORT CONTROL_PORT`. It answers with its id and with how often it has seen the request's id, or
 * badly, as the control port was told. `/health` is always well: only real requests show what is wrong. Says "ready"
 * once it listens.
 */

/** How a backend answers. */
export type BackendMode = "normal" | "slow" | "answers_500" | "cuts_bodies";

/** Field that names a request over all its attempts. */
export const DRILL_ID = "x-drill-id";
/** Lines of a streamed answer. */
export const STREAM_LINES = 10;
/** Names remembered; more than a drill sends to one backend in its time. */
const IDS_MAX = 200_000;
const LINE_MS = 100;
/** How late a slow backend answers: far later than usual, well before a caller's patience ends. */
const SLOW_MS = 400;
/** What a cut answer promised, so that its end is known to be missing. */
const PROMISED_BYTES = 4_000;

if (import.meta.main) serve(Deno.args[0] ?? "", ...Deno.args.slice(1));

/** Serves until the process is ended. */
function serve(id: string, port?: string, controlPort?: string): void {
  const state = { mode: "normal" as BackendMode };
  const seen = new Map<string, number>();
  const options = {
    hostname: "127.0.0.1",
    onListen: () => {},
    // Answers are cut here on purpose, and callers are gone.
    onError: () => new Response(null, { status: 500 }),
  };
  Deno.serve({ ...options, port: Number(controlPort) }, async (request) => {
    state.mode = await request.text() as BackendMode;
    return new Response();
  });
  Deno.serve(
    { ...options, port: Number(port), onListen: () => console.log("ready") },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/health") return new Response("well");
      const name = request.headers.get(DRILL_ID) ?? "";
      const times = (seen.get(name) ?? 0) + 1;
      if (seen.size < IDS_MAX) seen.set(name, times);
      await request.body?.pipeTo(new WritableStream());
      const answer = { backend: id, times };
      switch (state.mode) {
        case "answers_500":
          return new Response("broken", { status: 500 });
        case "cuts_bodies":
          return cut();
        case "slow":
          await after(SLOW_MS);
          break;
        case "normal":
          break;
      }
      return pathname.endsWith("/stream")
        ? new Response(lines(id))
        : Response.json(answer);
    },
  );
}

/** Begins well and breaks the connection. */
function cut(): Response {
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new Uint8Array(PROMISED_BYTES / 2));
      // The head and the first half are to be on their way.
      await after(1);
      controller.error(new Error("Cut"));
    },
  });
  const headers = { "content-length": String(PROMISED_BYTES) };
  return new Response(body, { headers });
}

function lines(id: string): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setInterval>;
  let sent = 0;
  const line = new TextEncoder().encode(`${id}\n`);
  return new ReadableStream({
    start(controller) {
      timer = setInterval(() => {
        if (++sent >= STREAM_LINES) clearInterval(timer);
        try {
          controller.enqueue(line);
          if (sent === STREAM_LINES) controller.close();
        } catch {
          // Whoever read it was killed, and nobody has said so here yet.
          clearInterval(timer);
        }
      }, LINE_MS);
    },
    cancel: () => clearInterval(timer),
  });
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
