/** The small service that runs on each machine of the demo: `POST /session` opens a session, which ends by itself. */
import type { SessionLoad } from "./machine.ts";

/** A machine's service. */
export interface Endpoint extends AsyncDisposable {
  readonly url: string;
  /** Sessions open now. */
  readonly open: number;
}

/** Handle of a running timer. */
type Timer = ReturnType<typeof setTimeout>;

/** Longest session a caller may ask for. */
const SESSION_SECONDS_MAX = 60;
/** Numbers of GPUs, one after the other. */
const GPUS = /^(?:\d{1,4}(?:,\d{1,4}){0,63})?$/;

/** Starts the service on a free port; `begin` puts a session's load on the machine and returns what ends it. */
export function startEndpoint(
  name: string,
  begin: (load: SessionLoad) => () => void,
): Endpoint {
  const timers = new Map<Timer, () => void>();
  function finish(timer: Timer) {
    timers.get(timer)?.();
    timers.delete(timer);
  }
  const listener = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/" && request.method === "GET") {
      return new Response(`${name}: ${timers.size} sessions open\n`);
    }
    const load = loadOf(url.searchParams);
    const seconds = Number(url.searchParams.get("seconds"));
    if (
      url.pathname !== "/session" || request.method !== "POST" ||
      load === undefined || !(seconds > 0)
    ) {
      return new Response("POST /session?vcpu=1&memory_gb=1&seconds=10\n", {
        status: 404,
      });
    }
    const end = begin(load);
    const timer = setTimeout(
      () => finish(timer),
      Math.min(seconds, SESSION_SECONDS_MAX) * 1000,
    );
    timers.set(timer, end);
    return new Response(`session on ${name}\n`, { status: 201 });
  });
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    get open() {
      return timers.size;
    },
    async [Symbol.asyncDispose]() {
      for (const timer of [...timers.keys()]) {
        clearTimeout(timer);
        finish(timer);
      }
      await listener.shutdown();
    },
  };
}

function loadOf(query: URLSearchParams): SessionLoad | undefined {
  const size = (name: string) => Number(query.get(name) ?? 0);
  const sizes = {
    vcpu: size("vcpu"),
    memoryGb: size("memory_gb"),
    storageGb: size("storage_gb"),
    gpuMemoryGb: size("gpu_memory_gb"),
  };
  const gpus = query.get("gpus") ?? "";
  const areSizes = Object.values(sizes).every((value) =>
    value >= 0 && Number.isFinite(value)
  );
  if (!areSizes || !GPUS.test(gpus)) return undefined;
  return { ...sizes, gpus: gpus === "" ? [] : gpus.split(",").map(Number) };
}
