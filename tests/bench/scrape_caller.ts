/** A caller of `scrape.ts`: asks or scrapes again and again and says how long that took. Runs in a worker of its own. */

/** What is asked of the caller. */
export interface Order {
  readonly url: string;
  readonly seconds: number;
  /** Asks `POST /route`, or scrapes. */
  readonly what: "ask" | "scrape";
  /** Pause between two, milliseconds; 0 for none. */
  readonly pauseMs: number;
}

/** How many there were and how long they took, milliseconds. */
export interface Measured {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Sessions that ask in turn, so that the fleet does not fill. */
const SESSIONS = 1000;

const BODY = JSON.stringify({ tier: "small" });

/** What a worker has of its own. */
const WORKER = self as unknown as Pick<
  Worker,
  "addEventListener" | "postMessage"
>;

WORKER.addEventListener("message", (event) => {
  const { data } = event as MessageEvent<Order>;
  void measure(data).then((measured) => WORKER.postMessage(measured));
});

async function measure(
  { url, seconds, what, pauseMs }: Order,
): Promise<Measured> {
  const took: number[] = [];
  const until = performance.now() + 1000 * seconds;
  while (performance.now() < until) {
    const begunAt = performance.now();
    const response = what === "scrape"
      ? await fetch(`${url}/_opsen/metrics`)
      : await fetch(`${url}/route`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-session": `${took.length % SESSIONS}`,
        },
        body: BODY,
      });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`Answered ${response.status}`);
    took.push(performance.now() - begunAt);
    if (pauseMs === 0) continue;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  took.sort((a, b) => a - b);
  const at = (share: number) =>
    Number((took[Math.floor(share * (took.length - 1))] ?? 0).toFixed(2));
  return { count: took.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
