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

/** How a page is opened. */
export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colours?: "light" | "dark";
}

/** Opens a page; what goes wrong in it is in `faults`. */
export type Open = (look?: Look) => Promise<WatchedPage>;

/** A page, what it has said that is no good, and whom it has asked. */
export interface WatchedPage {
  readonly page: Page;
  readonly faults: readonly string[];
  /** Addresses of its requests. */
  readonly asked: readonly string[];
}

/** A test with a browser of its own, which leaves nothing behind. */
export function browserTest(
  name: string,
  fn: (open: Open) => Promise<void>,
): void {
  toolTest(CHROMIUM, name, async () => {
    const browser = await launched();
    try {
      await fn((look) => opened(browser, look));
    } finally {
      await browser.close();
    }
  });
}

/** A browser without a window. */
export async function launched(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

async function opened(browser: Browser, look: Look = {}): Promise<WatchedPage> {
  const { width = 1280, height = 860, colours = "light" } = look;
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: colours,
  });
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
