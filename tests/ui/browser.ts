/** A real browser for the tests of the page; where there is none they are ignored by name. */
import { type Browser, chromium, type Page } from "playwright-core";
import { toolTest } from "../tools.ts";

const CHROMIUM = "/usr/bin/chromium";

/** It must neither look anything up by itself nor need a sandbox, which root does not get. */
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update"],
  "--disable-sync",
];

/** A wait that is longer than this is for something that never comes. */
const PATIENCE_MS = 20_000;

/** Wide enough for the panel beside the table. */
const SIZE = { width: 1280, height: 860 };

/** Opens a page; what goes wrong in it is in `faults`. */
export type Open = () => Promise<WatchedPage>;

/** A page, what it has said that is no good, and whom it has asked. */
export interface WatchedPage {
  readonly page: Page;
  readonly faults: readonly string[];
  /** Addresses of its requests. */
  readonly asked: readonly string[];
}

/**
 * Steps of one test share a browser, whose start takes as long as most of them; pages are their own. What is returned adds
 * a step.
 */
export function browserTest(
  name: string,
): (name: string, fn: (open: Open) => Promise<void>) => void {
  const steps = new Map<string, (open: Open) => Promise<void>>();
  toolTest(CHROMIUM, name, async (context) => {
    const browser = await launched();
    try {
      for (const [name, fn] of steps) {
        await context.step({
          name,
          fn: () => withPages(browser, fn),
          // The browser is older than the step; what is left over fails the whole test.
          sanitizeOps: false,
          sanitizeResources: false,
        });
      }
    } finally {
      await browser.close();
    }
  });
  return (name, fn) => steps.set(name, fn);
}

async function withPages(
  browser: Browser,
  fn: (open: Open) => Promise<void>,
): Promise<void> {
  try {
    await fn(() => opened(browser));
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
}

/** A browser without a window. */
export async function launched(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

async function opened(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: SIZE });
  page.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("request", (request) => asked.push(request.url()));
  return { page, faults, asked };
}
