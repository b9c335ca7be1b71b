/**
 * A backend of the soak, in a process of its own so that it can be killed: `origin_process.ts PORT`. Small and large
 * answers, event streams, WebSockets; uploads are counted. Says "ready" once it listens.
 */

/** Large enough to be under way for a while. */
const LARGE_BYTES = 4_000_000;
const EVENT_MS = 5;

if (import.meta.main) serve(Number(Deno.args[0]));

/** Serves until the process is ended. */
export function serve(port: number): void {
  const large = new Uint8Array(LARGE_BYTES);
  Deno.serve({
    hostname: "127.0.0.1",
    port,
    onListen: () => console.log("ready"),
    // Callers that are gone are part of the soak.
    onError: () => new Response(null, { status: 500 }),
  }, async (request) => {
    switch (new URL(request.url).pathname) {
      case "/large":
        return new Response(large);
      case "/upload":
        return new Response(String((await request.bytes()).length));
      case "/events":
        return new Response(events(), {
          headers: { "content-type": "text/event-stream" },
        });
      case "/chat":
        return chat(request);
      default:
        return Response.json({ small: true });
    }
  });
}

/** Events without end. */
function events(): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setInterval>;
  const event = new TextEncoder().encode("data: tick\n\n");
  return new ReadableStream({
    start: (controller) => {
      timer = setInterval(() => controller.enqueue(event), EVENT_MS);
    },
    cancel: () => clearInterval(timer),
  });
}

function chat(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = ({ data }) => socket.send(data);
  socket.onerror = () => {};
  return response;
}
