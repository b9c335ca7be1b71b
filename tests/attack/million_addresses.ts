/** Prints how many octets of memory a process needs more after a million addresses have each sent a request. */
import { RateLimiter } from "../../src/policy/rate_limiter.ts";

const MILLION = 1_000_000;
const SETTINGS = { perMinute: 60, burst: 120, tiers: new Map() };

const limiter = new RateLimiter(SETTINGS, { high: 1, low: 2 }, 0);
const before = Deno.memoryUsage().rss;
let most = before;
for (let i = 0; i < MILLION; i++) {
  limiter.takeAddress({ high: 0, low: i * 7 }, i / 1_000);
  if (i % 10_000 === 0) most = Math.max(most, Deno.memoryUsage().rss);
}
console.log(Math.max(most, Deno.memoryUsage().rss) - before);
