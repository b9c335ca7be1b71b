import assert from "node:assert/strict";
import { BEHIND_MS_MAX } from "../../src/api/feed_reader.ts";
import { READERS_MAX } from "../../src/api/ui_feed.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import {
  feedDecisions,
  feedFleet,
  feedHello,
  feedState,
} from "../../src/wire/feed.ts";
import { registered, reported } from "../engine/machines.ts";
import { NOBODY, storedKey } from "../trust/key_examples.ts";
import { ApiHome, type HomeOptions } from "./api_home.ts";
import { FakeUi } from "./fake_ui.ts";
import { join } from "./small_fleet.ts";

const FEED = "/_opsen/ui/feed";

/** One event as a browser gets it. */
interface Event {
  readonly event: string;
  readonly data: unknown;
}

/** A page that reads the feed of a home. */
class Page implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";
  #isOver = false;

  constructor(response: Response) {
    assert.equal(response.status, 200);
    this.#reader = response.body!.getReader();
  }

  /** The next event. */
  async next(): Promise<Event> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end !== -1) {
        const lines = this.#text.slice(0, end).split("\n");
        this.#text = this.#text.slice(end + 2);
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2);
        const event = field("event");
        if (event === undefined) continue;
        return { event, data: JSON.parse(field("data") ?? "") };
      }
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("The feed is over");
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The events up to the next `state`, which ends a beat. */
  async beat(): Promise<readonly Event[]> {
    const events: Event[] = [];
    for (;;) {
      const event = await this.next();
      events.push(event);
      if (event.event === "state" || event.event === "bye") return events;
    }
  }

  /** Settles when the feed has ended. */
  async ended(): Promise<void> {
    await assert.rejects(() => this.next(), /over/);
    this.#isOver = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await this.#reader.cancel();
  }
}

class FeedHome {
  readonly ui = new FakeUi();
  readonly drain = new AbortController();
  readonly home: ApiHome;

  constructor(options: HomeOptions = {}) {
    const { ui, drain: { signal } } = this;
    this.home = new ApiHome({
      ...options,
      settings: { tierNames: ["small"], ...options.settings },
      deps: { ui, drainSignal: signal },
    });
  }

  async open(headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return new Page(await this.home.send("GET", FEED, undefined, headers));
  }

  /** A second passes. */
  async beat(): Promise<void> {
    this.home.clock.advance(1000);
    await this.ui.feed.beat();
  }

  async decide(count = 1): Promise<void> {
    for (let ask = 0; ask < count; ask++) {
      await this.home.post("/route", { tier: "small" });
    }
  }
}

function idsOf(event: Event | undefined): readonly string[] {
  return feedFleet.parse(event?.data).clients.map(({ client_id }) => client_id);
}

function names(events: readonly Event[]): string {
  return events.map(({ event }) => event).join(" ");
}

Deno.test("a page is told who speaks, the whole fleet, the newest decisions and the state, in this order", async () => {
  const feed = new FeedHome();
  join(feed.home, "a", { gpus: [[50, 24, 12]] });
  join(feed.home, "b");
  await feed.decide(120);
  await using page = await feed.open();
  const events = await page.beat();
  assert.equal(names(events), "hello fleet decisions state");
  const [hello, fleet, decisions, state] = events;
  const { version, tiers, may_change } = feedHello.parse(hello?.data);
  assert.deepEqual([version, tiers, may_change], ["1.2.3", ["small"], true]);
  const { whole, gone, clients } = feedFleet.parse(fleet?.data);
  assert.deepEqual([whole, gone, idsOf(fleet)], [true, [], ["a", "b"]]);
  const [, listed] = await feed.home.get("/clients");
  assert.deepEqual(clients, listed);
  const news = feedDecisions.parse(decisions?.data);
  assert.deepEqual([news.decisions.length, news.skipped], [100, 0]);
  const [, log] = await feed.home.get("/_opsen/decisions?limit=100");
  assert.deepEqual(news.decisions.toReversed(), log.decisions);
  const { connections, in_flight, leases, health, decisions_total } = feedState
    .parse(state?.data);
  assert.deepEqual([connections, in_flight, decisions_total, leases], [
    ...[3, 2, { placed: 7 }],
    feed.home.balancer.leaseCount,
  ]);
  assert.equal(health.total_clients, 2);
});

Deno.test("afterwards it is told what has changed, and nothing of what has not", async () => {
  const feed = new FeedHome();
  for (const id of ["a", "b", "c"]) join(feed.home, id);
  await using page = await feed.open();
  await page.beat();
  await feed.beat();
  assert.equal(names(await page.beat()), "state");
  const now = feed.home.clock.monotonicMs();
  feed.home.balancer.report("b", reported({ cpuPct: 80 }), now);
  feed.home.balancer.register(registered("d"), now);
  feed.home.balancer.remove("c");
  await feed.beat();
  const [fleet, state] = await page.beat();
  const { whole, gone, clients } = feedFleet.parse(fleet?.data);
  assert.deepEqual([whole, gone, idsOf(fleet)], [false, ["c"], ["b", "d"]]);
  assert.equal(clients[0]?.cpu_usage_pct[0], 80);
  assert.equal(state?.event, "state");
  feed.home.balancer.drain("a", "operator", feed.home.clock.monotonicMs());
  await feed.decide();
  await feed.beat();
  const [drained, decisions] = await page.beat();
  assert.ok(idsOf(drained).includes("a"));
  assert.equal(feedDecisions.parse(decisions?.data).decisions.length, 1);
  feed.home.balancer.drain("a", "agent", feed.home.clock.monotonicMs());
  await feed.beat();
  const [again] = await page.beat();
  const [row] = feedFleet.parse(again?.data).clients;
  assert.deepEqual(row?.drain?.by, ["operator", "agent"]);
});

Deno.test("of more decisions than a person reads the rest is a number", async () => {
  const feed = new FeedHome({ decisions: { entries: 60 } });
  await using page = await feed.open();
  await page.beat();
  await feed.decide(75);
  await feed.beat();
  const [news] = await page.beat();
  const { decisions, skipped } = feedDecisions.parse(news?.data);
  assert.deepEqual([decisions.length, skipped], [50, 25]);
  const [, log] = await feed.home.get("/_opsen/decisions?limit=50");
  assert.deepEqual(decisions.toReversed(), log.decisions);
});

Deno.test("a reader that takes nothing is told nothing more, and then all that it missed", async () => {
  const feed = new FeedHome();
  join(feed.home, "a");
  await using page = await feed.open();
  await page.beat();
  await using slow = await feed.open();
  await slow.beat();
  await page.beat();
  // It has room for one beat; what comes then waits for that to be taken.
  await feed.beat();
  await page.beat();
  for (let beat = 0; beat < 3; beat++) {
    join(feed.home, `late-${beat}`);
    await feed.decide();
    await feed.beat();
    assert.equal(names(await page.beat()), "fleet decisions state");
  }
  const waiting = await slow.beat();
  assert.equal(names(waiting), "state");
  await feed.beat();
  const [fleet, decisions] = await slow.beat();
  assert.equal(feedFleet.parse(fleet?.data).whole, true);
  assert.equal(idsOf(fleet).length, 4);
  const missed = feedDecisions.parse(decisions?.data);
  assert.deepEqual([missed.decisions.length, missed.skipped], [3, 0]);
  assert.equal(names(await page.beat()), "state");
});

Deno.test("a reader that takes nothing for long is sent away", async () => {
  const feed = new FeedHome();
  await using slow = await feed.open();
  await slow.beat();
  await feed.beat();
  await feed.beat();
  feed.home.clock.advance(BEHIND_MS_MAX - 1001);
  await feed.beat();
  assert.equal(feed.ui.timers, 1);
  await feed.beat();
  assert.equal(feed.ui.timers, 0);
  await slow.beat();
  await slow.ended();
});

Deno.test("a feed ends with the key that opened it, and says so", async () => {
  const feed = new FeedHome();
  feed.home.keys.configure([{
    principal: { ...NOBODY, name: "other", scopes: ["read"] },
    hash: keyHash("other"),
  }]);
  feed.home.keys.put(storedKey("made"));
  await using other = await feed.open({ "x-api-key": "other" });
  const [otherHello] = await other.beat();
  await using page = await feed.open({ "x-api-key": "key of made" });
  const [hello] = await page.beat();
  assert.equal(feedHello.parse(hello?.data).key_name, "made");
  assert.equal(names(await other.beat()), "state");
  assert.equal(feedHello.parse(otherHello?.data).may_change, false);
  feed.home.keys.put(storedKey("made", { revokedMs: 1 }));
  join(feed.home, "secret");
  await feed.beat();
  assert.equal(names(await page.beat()), "bye");
  await page.ended();
  assert.equal(names(await other.beat()), "fleet state");
});

Deno.test("a feed ends when the server stops, and no other begins", async () => {
  const feed = new FeedHome();
  await using page = await feed.open();
  await page.beat();
  feed.drain.abort();
  assert.equal(names(await page.beat()), "bye");
  await page.ended();
  const [status, body] = await feed.home.get(FEED);
  assert.deepEqual([status, body.code], [503, "draining"]);
  assert.equal(feed.ui.timers, 0);
});

Deno.test("only so many pages read at once, and nothing runs while nobody does", async () => {
  const feed = new FeedHome();
  assert.equal(feed.ui.timers, 0);
  {
    await using pages = new AsyncDisposableStack();
    for (let page = 0; page < READERS_MAX; page++) {
      pages.use(await feed.open());
    }
    assert.equal(feed.ui.timers, 1);
    const [status, body] = await feed.home.get(FEED);
    assert.deepEqual([status, body.code], [503, "too_many_readers"]);
  }
  assert.equal(feed.ui.timers, 0);
  await using page = await feed.open();
  assert.equal(names(await page.beat()), "hello fleet decisions state");
});

Deno.test("a HEAD of the feed reads nothing", async () => {
  const feed = new FeedHome();
  const response = await feed.home.send("HEAD", FEED);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(feed.ui.timers, 0);
});

Deno.test("a large fleet is told in slices, and one that comes meanwhile is told all of it", async () => {
  const feed = new FeedHome();
  for (let id = 0; id < 175; id++) join(feed.home, `m${id}`);
  const pauses: (() => void)[] = [];
  feed.ui.pause = () => new Promise((resolve) => pauses.push(resolve));
  await using early = await feed.open();
  assert.equal(pauses.length, 1);
  await using late = await feed.open();
  feed.ui.pause = () => Promise.resolve();
  pauses[0]?.();
  for (const page of [early, late]) {
    const fleet = (await page.beat()).filter(({ event }) => event === "fleet");
    assert.equal(new Set(fleet.flatMap(idsOf)).size, 175);
    const starts = fleet.map(({ data }) => feedFleet.parse(data).whole);
    assert.deepEqual([starts[0], starts.lastIndexOf(true)], [true, 0]);
  }
});

Deno.test("one that comes while another is told waits no second", async () => {
  const feed = new FeedHome();
  const pauses: (() => void)[] = [];
  feed.ui.pause = () => new Promise((resolve) => pauses.push(resolve));
  await using early = await feed.open();
  await using late = await feed.open();
  feed.ui.pause = () => Promise.resolve();
  pauses[0]?.();
  assert.equal(names(await early.beat()), "hello fleet decisions state");
  assert.equal(names(await late.beat()), "hello fleet decisions state");
});

Deno.test("where the dashboard is switched off there is nothing of it", async () => {
  const home = new ApiHome();
  for (const path of ["", "/app.js", "/feed", "/session"]) {
    const [status, body] = await home.get(`/_opsen/ui${path}`);
    assert.deepEqual([status, body.code], [404, "unknown_path"]);
  }
  const [status] = await home.post("/_opsen/ui/login", { key: "k" });
  assert.equal(status, 404);
});
