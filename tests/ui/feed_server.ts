/** A server of the dashboard's page with a fleet of its own making, as large and as restless as a test wants it. */
import type { ClientView } from "../../src/wire/client_view.ts";
import type {
  DecisionAnswer,
  DecisionSummary,
} from "../../src/wire/decision_answer.ts";
import type { FeedState } from "../../src/wire/feed.ts";
import { uiFiles } from "../../src/ui/files.ts";
import { backendAt, changed, decisionAt, historyOf, leaseAt } from "./fleet.ts";

/** What the server's own answers have; the page must live with it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Rows of one event. */
const EVENT_ROWS = 100;

/** How the server is. */
export interface FeedOptions {
  /** What else its health says. */
  readonly health?: Partial<FeedState["health"]>;
  readonly backends: number;
  /** Where it listens; 0 for any port. */
  readonly port?: number;
  /** Milliseconds between ticks. */
  readonly tickMs?: number;
  /** The key that is wanted; absent where everything is open. */
  readonly key?: string;
  /** Stands in each backend's id. */
  readonly prefix?: string;
}

/** A server that speaks the feed. */
export class FeedServer {
  readonly #options: FeedOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #readers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #clients: ClientView[];
  #ticks = 0;
  #decided = 0;
  #isSignedIn = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#clients = Array.from(
      { length: options.backends },
      (_, index) => backendAt(index, options.prefix),
    );
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: options.port ?? 0,
      onListen() {},
    }, (request) => this.#answer(request));
    this.#timer = setInterval(() => this.#tick(), options.tickMs ?? 1000);
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** Where the page is. */
  get page(): string {
    return `http://127.0.0.1:${this.port}/_opsen/ui`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const reader of this.#readers) reader.close();
    this.#readers.clear();
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, , area, name = ""] = pathname.split("/");
    if (area === "ui" && (name === "" || name.includes("."))) {
      const file = await uiFiles.file(name === "" ? "index.html" : name);
      return file === undefined ? problem(404, "unknown_path") : new Response(
        file.text,
        {
          headers: {
            "content-type": file.type,
            "content-security-policy": POLICY,
          },
        },
      );
    }
    if (area === "ui" && name === "login") return await this.#login(request);
    if (area === "ui" && name === "logout") this.#isSignedIn = false;
    else if (this.#options.key !== undefined && !this.#isSignedIn) {
      return problem(401, "missing_key");
    }
    switch (`${area}/${name}`) {
      case "ui/feed":
        return this.#feed();
      case "ui/logout":
      case "ui/session":
        return Response.json({ open: false, may_change: true });
    }
    return this.#data(area ?? "", name, searchParams);
  }

  async #login(request: Request): Promise<Response> {
    const { key } = await request.json();
    if (key !== this.#options.key) return problem(403, "wrong_key");
    this.#isSignedIn = true;
    return Response.json({ open: false, may_change: true });
  }

  #data(area: string, name: string, query: URLSearchParams): Response {
    switch (area) {
      case "stats":
        return Response.json(historyOf(decodeURIComponent(name)));
      case "leases": {
        const limit = Number(query.get("limit"));
        const leases = Array.from(
          { length: limit },
          (_, index) => leaseAt(index),
        );
        return Response.json({ leases, total: 340, next: "1e" });
      }
      case "decisions": {
        const decided = decisionAt(Number(name.slice(2)), this.#clients);
        return Response.json(explained(decided, this.#clients));
      }
    }
    return problem(404, "unknown_path");
  }

  #feed(): Response {
    const { key } = this.#options;
    let reader: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        reader = controller;
        this.#readers.add(controller);
        const send = (name: string, data: object) =>
          controller.enqueue(eventOf(name, data));
        send("hello", {
          version: "1.0.0",
          hostname: "edge-1",
          started_at: new Date(0).toISOString(),
          tiers: ["small", "large", "gpu"],
          ...(key !== undefined && { key_name: "operator" }),
          may_change: true,
          place: { latitude: 50.1, longitude: 8.7 },
        });
        for (const event of fleetEvents(this.#clients, true)) {
          controller.enqueue(event);
        }
        send("decisions", { decisions: this.#newDecisions(80), skipped: 0 });
        send("state", this.#state());
      },
      cancel: () => {
        this.#readers.delete(reader);
      },
    });
    return new Response(body, {
      headers: { "content-type": "text/event-stream" },
    });
  }

  #tick(): void {
    this.#ticks++;
    for (const [index, client] of this.#clients.entries()) {
      this.#clients[index] = changed(client, index, this.#ticks);
    }
    const events = [
      ...fleetEvents(this.#clients, false),
      eventOf("decisions", { decisions: this.#newDecisions(12), skipped: 3 }),
      eventOf("state", this.#state()),
    ];
    for (const reader of this.#readers) {
      for (const event of events) reader.enqueue(event);
    }
  }

  #newDecisions(many: number): DecisionSummary[] {
    return Array.from(
      { length: many },
      () => decisionAt(this.#decided++, this.#clients),
    );
  }

  #state(): FeedState {
    const done = this.#decided;
    const now = new Date().toISOString();
    const active = this.#clients.filter((one) => one.is_active).length;
    return {
      at: now,
      health: {
        status: "healthy",
        timestamp: now,
        total_clients: this.#clients.length,
        active_clients: active,
        store: { status: "ok" },
        queue: { depth: 2 },
        ...this.#options.health,
      },
      connections: 96,
      in_flight: 41 + this.#ticks % 7,
      leases: 340,
      sessions: 212,
      waiting: 2,
      decisions_total: { placed: done * 9, refused: Math.floor(done / 3) },
      refusal_reasons_total: {
        cores: done * 2,
        memory: done,
        gpu_count: Math.floor(done / 2 + 4 * Math.sin(this.#ticks)),
        draining: 3,
        stale: 0,
      },
      requests_total: { "2xx": done * 90, "5xx": 4 },
    };
  }
}

/** The first of several says whether others are gone. */
function fleetEvents(
  clients: readonly ClientView[],
  isWhole: boolean,
): Uint8Array[] {
  const at = new Date().toISOString();
  const events: Uint8Array[] = [];
  for (let from = 0; from < clients.length; from += EVENT_ROWS) {
    const some = clients.slice(from, from + EVENT_ROWS);
    const whole = isWhole && from === 0;
    events.push(eventOf("fleet", { at, whole, clients: some, gone: [] }));
  }
  return events;
}

function eventOf(name: string, data: object): Uint8Array {
  const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  return new TextEncoder().encode(text);
}

function problem(status: number, code: string): Response {
  return Response.json({ code, detail: `Refused: ${code}` }, { status });
}

function explained(
  decision: DecisionSummary,
  clients: readonly ClientView[],
): DecisionAnswer {
  return {
    ...decision,
    explanation: {
      mode: "adaptive",
      runner_up: "render-02",
      margin: 3.37,
      candidates: clients.slice(0, 60).map((client, index) => {
        const named = {
          client_id: client.client_id,
          hostname: client.hostname,
          distance_km: index * 137 % 9000,
        };
        return index < 8
          ? {
            ...named,
            score: 20 + index * 4.2,
            terms: { distance: index, cpu: 12.2, memory: 6, latency: 2 },
          }
          : {
            ...named,
            reason: "gpu_memory",
            shortages: [
              { reason: "gpu_memory", have: 7.25, need: 16, unit: "GB" },
              { reason: "cores", have: 2, need: 4, unit: "cores" },
            ],
          };
      }),
    },
  };
}
