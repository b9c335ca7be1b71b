/** The caller of `scrape.ts`: asks again and again, scrapes now and then, says how long each took. Runs in a worker. */

/** What is asked of the caller. */
export interface Order {
  readonly url: string;
  readonly seconds: number;
  /** 0 for never. */
  readonly scrapeEveryMs: number;
}

/** Milliseconds. */
export interface Measured {
  readonly asks: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly scrapes: number;
  readonly scrapeP50: number;
  readonly scrapeMax: number;
}

/** Sessions that ask in turn, so that the fleet does not fill. */
const SESSIONS = 1000;

/** What a worker has of its own. */
const WORKER = self as unknown as Pick<
  Worker,
  "addEventListener" | "postMessage"
>;

const BODY = JSON.stringify({ tier: "small" });

WORKER.addEventListener("message", (event) => {
  const { data } = event as MessageEvent<Order>;
  void measure(data).then((measured) => WORKER.postMessage(measured));
});

async function measure(
  { url, seconds, scrapeEveryMs }: Order,
): Promise<Measured> {
  const asks: number[] = [];
  const scrapes: number[] = [];
  const until = performance.now() + 1000 * seconds;
  const scraping = scrapeEveryMs === 0 ? Promise.resolve() : scrape();
  while (performance.now() < until) {
    asks.push(
      await timed(() =>
        fetch(`${url}/route`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "x-session": `${asks.length % SESSIONS}`,
          },
          body: BODY,
        })
      ),
    );
  }
  await scraping;
  asks.sort((a, b) => a - b);
  scrapes.sort((a, b) => a - b);
  const at = (all: readonly number[], share: number) =>
    Number((all[Math.floor(share * (all.length - 1))] ?? 0).toFixed(2));
  return {
    asks: asks.length,
    p50: at(asks, 0.5),
    p99: at(asks, 0.99),
    p999: at(asks, 0.999),
    max: at(asks, 1),
    scrapes: scrapes.length,
    scrapeP50: at(scrapes, 0.5),
    scrapeMax: at(scrapes, 1),
  };

  async function scrape(): Promise<void> {
    while (performance.now() < until) {
      scrapes.push(await timed(() => fetch(`${url}/_opsen/metrics`)));
      await new Promise((resolve) => setTimeout(resolve, scrapeEveryMs));
    }
  }
}

async function timed(ask: () => Promise<Response>): Promise<number> {
  const begunAt = performance.now();
  const response = await ask();
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`Answered ${response.status}`);
  return performance.now() - begunAt;
}
