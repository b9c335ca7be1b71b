/** A server that drains backends as a test says: a little, or nothing, at each look. */
import type { ClientView } from "../../src/wire/client_view.ts";
import type { DrainAnswer } from "../../src/wire/drain_answer.ts";
import type { Asked } from "./fake_server.ts";
import { refusal } from "./fake_server.ts";
import { opsen, type Ran } from "./fake_shell.ts";

/** What a look at a backend finds, one after the other; the last stays. */
export type Looks = readonly (DrainAnswer | Refused)[];

/** A refusal in place of an answer. */
export interface Refused {
  readonly status: number;
  readonly problem: Readonly<Record<string, unknown>>;
}

/** What the server knows; the fleet has further backends, which are never asked for. */
export interface DrainScript {
  /** By id: what `GET` finds from the first drain on. */
  readonly looks: Readonly<Record<string, Looks>>;
  /** What each `POST` is refused with, one after the other. */
  readonly refusals?: readonly Refused[];
}

/** A server with a script. */
export class DrainServer implements AsyncDisposable {
  readonly asked: Pick<Asked, "method" | "path" | "body">[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #script: DrainScript;
  readonly #refusals: Refused[];
  readonly #begun = new Map<string, number>();

  constructor(script: DrainScript, port = 0) {
    this.#script = script;
    this.#refusals = [...script.refusals ?? []];
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      async (request) => {
        const path = new URL(request.url).pathname;
        const { method } = request;
        this.asked.push({ method, path, body: await request.text() });
        return this.#answer(method, path);
      },
    );
  }

  /** Its address. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Runs `opsen` against this server. */
  run(...args: string[]): Promise<Ran> {
    return opsen(args, { OPSEN_SERVER_URL: this.url });
  }

  /** Paths that were posted to, oldest first. */
  posted(): string[] {
    return this.asked.filter(({ method }) => method === "POST")
      .map(({ path }) => path);
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(method: string, path: string): Response {
    const known = Object.keys(this.#script.looks);
    if (path === "/clients") return Response.json(known.map(viewOf));
    const id = decodeURIComponent(path.split("/")[3] ?? "");
    const looks = this.#script.looks[id];
    if (looks === undefined) {
      const problem = refusal("unknown_client", `Unknown client: ${id}`);
      return Response.json({ ...problem, status: 404 }, { status: 404 });
    }
    if (path.endsWith("/undrain")) {
      return Response.json({ client_id: id, state: "none" });
    }
    if (method === "POST") {
      const refused = this.#refusals.shift();
      if (refused !== undefined) return refuse(refused);
      this.#begun.set(id, 0);
    }
    const look = this.#begun.get(id);
    if (look === undefined) {
      return Response.json({ client_id: id, state: "none" });
    }
    if (method === "GET") this.#begun.set(id, look + 1);
    const found = looks[Math.min(look, looks.length - 1)];
    if (found === undefined) return new Response(null, { status: 500 });
    return "problem" in found ? refuse(found) : Response.json(found);
  }
}

/** A backend with so much left. */
export function draining(
  id: string,
  sessions: number,
  requests = 0,
): DrainAnswer {
  return {
    client_id: id,
    state: "draining",
    by: ["operator"],
    since: "2026-03-04T05:06:07.089Z",
    sessions,
    in_flight: requests,
  };
}

/** A backend that is drained; with requests left when its deadline has passed. */
export function drained(id: string, requests = 0): DrainAnswer {
  return { ...draining(id, 0, requests), state: "drained" } as DrainAnswer;
}

/** The refusal of a drain that would make too many unavailable. */
export function tooMany(...unavailable: readonly string[]): Refused {
  const detail = `Too many backends are unavailable already: ${
    unavailable.join(", ")
  }`;
  const problem = refusal("too_many_unavailable", detail, { unavailable });
  return { status: 409, problem: { ...problem, status: 409 } };
}

/** A server that is stopping. */
export const STOPPING: Refused = {
  status: 503,
  problem: refusal("draining", "Server is stopping"),
};

function refuse({ status, problem }: Refused): Response {
  return Response.json(problem, { status });
}

/** A backend in service, as `GET /clients` shows it. */
export function viewOf(id: string): ClientView {
  return {
    client_id: id,
    hostname: "h",
    endpoint: "http://h",
    location: { latitude: 0, longitude: 0, country: "", city: "" },
    cpu_cores: 8,
    cpu_usage_pct: [],
    memory_total_gb: 1,
    memory_used_gb: 0,
    memory_avail_gb: 1,
    disk_total_gb: 1,
    disk_used_gb: 0,
    disk_avail_gb: 1,
    total_gpus: 0,
    gpu_models: [],
    gpus: [],
    last_seen: "",
    is_active: true,
    health_status: "healthy",
    latency_ms: 0,
    last_health_check: null,
    routable: true,
    not_routable_because: null,
    held: { leases: 0, vcpu: 0, memory_gb: 0, storage_gb: 0 },
  };
}
