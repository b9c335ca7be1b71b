/**
 * The dashboard in a real browser, printed and asserted: first paint, largest paint, movement and weight of a first
 * visit, and the longest tasks of ten seconds in which all of a thousand backends change each second.
 *
 *     deno run -A tests/bench/ui_bench.ts
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { launched } from "../ui/browser.ts";
import { FeedServer } from "../ui/feed_server.ts";

const BACKENDS = 1000;
const LIVE_MS = 10_000;
/** What the dashboard is held to. */
const PAINT_MS_MAX = 300;
/** The largest is a row, which waits for the scripts and the whole fleet. */
const LARGEST_PAINT_MS_MAX = 500;
const TASK_MS_MAX = 50;
const WEIGHT_BYTES_MAX = 200_000;
const SHIFT_MAX = 0.1;
/** The first visit also pays for the browser's own start. */
const VISITS = 5;

/** What a visit showed. */
interface Visit {
  readonly firstPaintMs: number;
  readonly largestPaintMs: number;
  readonly shift: number;
  readonly bytes: number;
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  await using server = new FeedServer({ backends: BACKENDS });
  const browser = await launched();
  try {
    const visits: Visit[] = [];
    for (let visit = 0; visit < VISITS; visit++) {
      const context = await browser.newContext();
      visits.push(await visited(await context.newPage(), server.page));
      await context.close();
    }
    console.table(visits);
    const page = await browser.newPage();
    const tasks = await longTasks(page, server.page);
    console.log(
      `Long tasks in ${LIVE_MS / 1000} s of ${BACKENDS} live backends: ${
        tasks.length === 0
          ? "none"
          : tasks.map((ms) => `${Math.round(ms)} ms`).join(", ")
      }`,
    );
    const middle = median(visits.map(({ firstPaintMs }) => firstPaintMs));
    const largest = median(visits.map((visit) => visit.largestPaintMs));
    assert.ok(middle < PAINT_MS_MAX, `First paint after ${middle} ms`);
    assert.ok(
      largest < LARGEST_PAINT_MS_MAX,
      `Largest paint after ${largest} ms`,
    );
    for (const { shift, bytes } of visits) {
      assert.ok(shift < SHIFT_MAX, `The page moved by ${shift}`);
      assert.ok(bytes < WEIGHT_BYTES_MAX, `The page weighs ${bytes} bytes`);
    }
    assert.deepEqual(tasks.filter((ms) => ms > TASK_MS_MAX), []);
  } finally {
    await browser.close();
  }
}

async function visited(page: Page, address: string): Promise<Visit> {
  await page.goto(address);
  await page.locator(".rows .row").first().waitFor();
  await page.waitForTimeout(500);
  return await page.evaluate(async () => {
    const entries = (type: string) =>
      new Promise<PerformanceEntry[]>((resolve) => {
        const observer = new PerformanceObserver((list) =>
          resolve(list.getEntries())
        );
        observer.observe({ type, buffered: true });
        setTimeout(() => resolve(observer.takeRecords()), 100);
      });
    const paints = await entries("paint");
    const largest = await entries("largest-contentful-paint");
    const shifts = await entries("layout-shift");
    const files = performance.getEntriesByType("resource")
      .concat(performance.getEntriesByType("navigation"));
    return {
      firstPaintMs: paints[0]?.startTime ?? Infinity,
      largestPaintMs: largest.at(-1)?.startTime ?? Infinity,
      shift: shifts.reduce((sum, one) => sum + Reflect.get(one, "value"), 0),
      bytes: files.filter(({ name }) => !name.endsWith("/feed"))
        .reduce((sum, one) => sum + Reflect.get(one, "transferSize"), 0),
    };
  });
}

/** Lengths of the tasks that took longer than 50 ms, once the page stands. */
async function longTasks(page: Page, address: string): Promise<number[]> {
  await page.goto(address);
  await page.locator(".rows .row").first().waitFor();
  await page.waitForTimeout(2000);
  return await page.evaluate(async (ms) => {
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    });
    observer.observe({ type: "longtask" });
    await new Promise((resolve) => setTimeout(resolve, ms));
    observer.disconnect();
    return tasks;
  }, LIVE_MS);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Infinity;
}
