/** Counts requests that have ended. Owner of the counters; bounded by lists of ours and {@link CODES_MAX}. */
import type {
  ProblemMeter,
  RequestEnd,
  RequestKind,
  RequestObserver,
  RequestRecord,
  TrafficTotals,
} from "../traffic_ports.ts";
import { CounterFamily, HistogramFamily } from "./counted.ts";
import type { Family } from "./family.ts";
import { type Counter, type Histogram, sumOf } from "./instruments.ts";

/** Codes of problems with counters of their own, for each who answers them; they are ours, and fewer than that. */
const CODES_MAX = 200;

/** Ends of buckets, seconds: from a small answer over loopback to a long stream. */
const REQUEST_SECONDS = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60, 300],
];

/** Ends of buckets, seconds: from loopback to a connection that is not to be had. */
const CONNECT_SECONDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5],
];

const KINDS = ["api", "proxied", "refused"] as const;

/** By the first digit of the status; the first is for requests that were not answered. */
const CLASSES = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Who answers a problem. */
type Answerer = "edge" | "api";

/** What is counted of each kind. */
interface KindInstruments {
  /** In the order of {@link CLASSES}. */
  readonly classes: readonly Counter[];
  readonly ends: Readonly<Record<Exclude<RequestEnd, "complete">, Counter>>;
  readonly seconds: Histogram;
  readonly bytesIn: Counter;
  readonly bytesOut: Counter;
}

/** Counts requests. */
export class RequestMetrics implements RequestObserver {
  readonly #requests = new CounterFamily({
    name: "opsen_requests",
    help:
      "Requests that have ended, by who answered and the class of the status (0xx: none was sent)",
  });
  readonly #unfinished = new CounterFamily({
    name: "opsen_requests_unfinished",
    help: "Requests that ended without their whole answer",
  });
  readonly #seconds = new HistogramFamily({
    name: "opsen_request_duration_seconds",
    help: "Time from a request's head to the end of its answer",
    unit: "seconds",
  }, REQUEST_SECONDS);
  readonly #received = new CounterFamily({
    name: "opsen_received_bytes",
    help: "Bytes of requests' bodies",
    unit: "bytes",
  });
  readonly #sent = new CounterFamily({
    name: "opsen_sent_bytes",
    help: "Bytes of answers' bodies",
    unit: "bytes",
  });
  readonly #connects = new HistogramFamily({
    name: "opsen_upstream_connect_seconds",
    help: "Time to a connection to a backend, where none waited",
    unit: "seconds",
  }, CONNECT_SECONDS);
  readonly #firstBytes = new HistogramFamily({
    name: "opsen_upstream_first_byte_seconds",
    help: "Time from a connection to a backend to the head of its answer",
    unit: "seconds",
  }, REQUEST_SECONDS);
  readonly #reused = new CounterFamily({
    name: "opsen_upstream_reused",
    help: "Requests that found a connection to their backend waiting",
  });
  readonly #retries = new CounterFamily({
    name: "opsen_upstream_retries",
    help: "Attempts at another backend after one that could not be reached",
  });
  readonly #problems = new CounterFamily({
    name: "opsen_problems",
    help: "Problems that were answered, by who answered and their code",
  });
  readonly #kinds: Readonly<Record<RequestKind, KindInstruments>>;
  readonly #connect: Histogram = this.#connects.of();
  readonly #firstByte: Histogram = this.#firstBytes.of();
  readonly #reuse: Counter = this.#reused.of();
  readonly #retry: Counter = this.#retries.of();
  readonly #codes: Readonly<Record<Answerer, Map<string, Counter>>> = {
    edge: new Map(),
    api: new Map(),
  };

  constructor() {
    const [api, proxied, refused] = KINDS.map((kind) => this.#kind(kind));
    this.#kinds = { api: api!, proxied: proxied!, refused: refused! };
  }

  /** What the API tells of its problems. */
  readonly ofApi: ProblemMeter = {
    refused: (code) => this.#problem("api", code),
  };

  /** In the order in which they matter. */
  get families(): readonly Family[] {
    return [
      this.#requests,
      this.#seconds,
      this.#problems,
      this.#connects,
      this.#firstBytes,
      this.#unfinished,
      this.#retries,
      this.#reused,
      this.#received,
      this.#sent,
    ];
  }

  /** Requests that have ended, by class of their status; classes that never came are left out. */
  get totals(): TrafficTotals["requests"] {
    const kinds = Object.values(this.#kinds);
    const counts = CLASSES.map((name, index) =>
      [name, sumOf(kinds.map(({ classes }) => classes[index]!))] as const
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  ended(record: RequestRecord): void {
    const { kind, status, end, startedAt, endedAt } = record;
    const { classes, ends, seconds, bytesIn, bytesOut } = this.#kinds[kind];
    classes[Math.floor(status / 100)]?.increment();
    if (end !== "complete") ends[end].increment();
    seconds.observe((endedAt - startedAt) / 1000);
    bytesIn.add(record.bytesIn);
    bytesOut.add(record.bytesOut);
    if (record.code !== undefined && !record.isApiProblem) {
      this.#problem("edge", record.code);
    }
    if (kind === "proxied") this.#upstream(record);
  }

  #upstream(record: RequestRecord): void {
    const { decidedAt, connectedAt, answeredAt, attempts } = record;
    if (attempts > 1) this.#retry.add(attempts - 1);
    if (connectedAt === undefined) return;
    if (record.isReused) this.#reuse.increment();
    else if (decidedAt !== undefined) {
      this.#connect.observe((connectedAt - decidedAt) / 1000);
    }
    if (answeredAt === undefined) return;
    this.#firstByte.observe((answeredAt - connectedAt) / 1000);
  }

  #problem(by: Answerer, code: string): void {
    const counters = this.#codes[by];
    let counter = counters.get(code);
    if (counter === undefined) {
      const isOne = counters.size < CODES_MAX;
      counter = this.#problems.of({ by, code: isOne ? code : "other" });
      if (isOne) counters.set(code, counter);
    }
    counter.increment();
  }

  #kind(kind: RequestKind): KindInstruments {
    return {
      classes: CLASSES.map((code) => this.#requests.of({ kind, code })),
      ends: {
        cut_off: this.#unfinished.of({ kind, end: "cut_off" }),
        caller_left: this.#unfinished.of({ kind, end: "caller_left" }),
      },
      seconds: this.#seconds.of({ kind }),
      bytesIn: this.#received.of({ kind }),
      bytesOut: this.#sent.of({ kind }),
    };
  }
}
