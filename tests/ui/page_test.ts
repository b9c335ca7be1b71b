import assert from "node:assert/strict";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Page } from "playwright-core";
import { startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { registerMessage, statsMessage } from "../e2e/machine_messages.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { freePort } from "../free_port.ts";
import { browserTest } from "./browser.ts";
import { FeedServer } from "./feed_server.ts";

const VIEWS = ["fleet", "map", "decisions", "leases", "refusals"];

const step = browserTest("the dashboard in a browser");

/** What a finding is good for; lesser ones are matters of taste. */
const GRAVE = ["serious", "critical"];

step(
  "the page loads under its policy without a fault, stands still, and asks nobody but its server",
  async (open) => {
    await using server = new FeedServer({ backends: 60 });
    const { page, faults, asked } = await open();
    await page.goto(server.page);
    await page.getByRole("link", { name: "build-01", exact: true }).waitFor();
    for (const view of [...VIEWS, "fleet/render-01"]) {
      await page.goto(`${server.page}#${view}`);
      await page.locator("main section").first().waitFor();
    }
    await page.locator(".chart canvas").first().waitFor();
    assert.deepEqual(faults, []);
    const origins = asked.map((address) => new URL(address).origin);
    assert.deepEqual([...new Set(origins)], [new URL(server.page).origin]);
    const shift = await page.evaluate(shiftOf);
    assert.ok(shift < 0.1, `The page moved by ${shift}`);
  },
);

step(
  "no view has a serious problem for those who use it otherwise, in both colours",
  async (open) => {
    await using server = new FeedServer({ backends: 60 });
    const { page } = await open();
    for (const view of [...VIEWS, "fleet/render-01", "decisions/r-7"]) {
      await page.goto(`${server.page}#${view}`);
      await page.locator("#link[data-state=live]").waitFor();
      await page.locator(readyMark(view)).first().waitFor();
      await page.emulateMedia({ colorScheme: "light" });
      assert.deepEqual(await problems(page), [], `${view}, light`);
      await page.emulateMedia({ colorScheme: "dark" });
      // Colours are all that differs in the dark.
      const dark = await problems(page, ["color-contrast"]);
      assert.deepEqual(dark, [], `${view}, dark`);
    }
  },
);

step(
  "of a thousand backends only those in sight are rows, and the keyboard reaches the last and its details",
  async (open) => {
    await using server = new FeedServer({ backends: 1000 });
    const { page } = await open();
    await page.goto(server.page);
    const rows = page.locator(".rows .row");
    await rows.first().waitFor();
    assert.ok(await rows.count() < 40, `${await rows.count()} rows`);
    const table = page.getByRole("table", { name: "Backends" });
    assert.equal(await table.getAttribute("aria-rowcount"), "1001");

    await page.locator(".rows a[tabindex='0']").focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "build-02");
    await page.keyboard.press("End");
    assert.equal(await focused(page), "worker-200");
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: "worker-200" });
    await panel.waitFor();
    const { x: panelX } = await panel.boundingBox() ?? fail();
    const { x, width } = await table.boundingBox() ?? fail();
    assert.ok(x + width < panelX, `${x + width} px, the panel is at ${panelX}`);
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    assert.equal(await focused(page), "worker-200");
  },
);

step(
  "the table is sorted by what is clicked, and shows what is searched for",
  async (open) => {
    await using server = new FeedServer({ backends: 60 });
    const { page } = await open();
    await page.goto(server.page);
    await page.locator(".rows .row").first().waitFor();
    await page.getByRole("button", { name: "Held" }).click();
    const head = page.getByRole("columnheader", { name: "Held" });
    await head.and(page.locator("[aria-sort=descending]")).waitFor();
    await firstRowSays(page, /6 leases/);
    await page.getByRole("searchbox").fill("Frankfurt");
    await page.getByText("6 of 60 backends").waitFor();
    const ready = page.locator("#vital-backends[data-alarm=bad]");
    assert.match(await ready.innerText(), /of 60, \d+ out/);
    await page.getByRole("button", { name: /^No room/ }).click();
    await firstRowSays(page, /Frankfurt.*No room/s);
  },
);

step(
  "what is wrong with the server stands above every view",
  async (open) => {
    const config = { version: 2, hash: "0123456789ab", applied_at: "" };
    await using server = new FeedServer({
      backends: 6,
      health: {
        store: { status: "degraded", since: "", reason: "the disk is full" },
        panic: { out: 4, of: 6, mode: "fail_open" },
        config: { ...config, is_newer_refused: true },
      },
    });
    const { page } = await open();
    await page.goto(`${server.page}#leases`);
    await page.locator("#alerts .alert").first().waitFor();
    assert.deepEqual(await page.locator("#alerts .alert").allInnerTexts(), [
      "The database takes no writes: the disk is full",
      "4 of 6 backends are out, more than half: they get work all the same",
      "The newest configuration was refused: opsen config history says why",
    ]);
  },
);

step(
  "what a machine calls itself is never read as HTML",
  async (open) => {
    const prefix = "<img src=x onerror=alert(1)>";
    await using server = new FeedServer({ backends: 6, prefix });
    const { page, faults } = await open();
    const id = `${prefix}build-01`;
    await page.goto(`${server.page}#fleet/${encodeURIComponent(id)}`);
    await page.getByRole("link", { name: id }).waitFor();
    await page.getByRole("heading", { name: id }).waitFor();
    await page.goto(`${server.page}#decisions`);
    await page.locator(".stream tbody tr").first().waitFor();
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(faults, []);
  },
);

step(
  "a machine whose id was made up is called by its host",
  async (open) => {
    await using server = await realServer("");
    const id = "0b54c1a2-7d4e-4a43-9d5e-7c1f2a3b4c5d";
    await machine(server.origin, id, undefined, "rack-9");
    const { page } = await open();
    await page.goto(`${server.origin}/_opsen/ui`);
    await page.getByRole("link", { name: "rack-9", exact: true }).click();
    await page.getByRole("complementary", { name: "rack-9" }).waitFor();
    const placed = await fetch(`${server.origin}/route`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"tier":"small"}',
    });
    assert.equal(placed.status, 200, await placed.text());
    await page.goto(`${server.origin}/_opsen/ui#decisions`);
    const link = page.locator(".stream").getByRole("link", { name: "rack-9" });
    await link.waitFor();
    assert.match(await link.getAttribute("href") ?? "", new RegExp(id));
    await page.getByRole("link", { name: /^Why/ }).click();
    await page.getByText("placed on rack-9").waitFor();
    const refused = await fetch(`${server.origin}/route`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"tier":"gpu-training"}',
    });
    assert.equal(refused.status, 503, await refused.text());
    await page.goto(`${server.origin}/_opsen/ui#decisions`);
    await page.getByRole("link", { name: /^Why.*refused/ }).click();
    await page.getByText(/has [\d.]+ of [\d.]+ GB of (memory|disk)/).waitFor();
    await page.close();
  },
);

step(
  "a key opens the page of a real server, drains a backend there, and sign-out closes it again",
  async (open) => {
    await using server = await realServer("server_key: sesame\n");
    await machine(server.origin, "rack-1", "sesame");
    const { page, faults, asked } = await open();
    await page.goto(`${server.origin}/_opsen/ui#fleet/rack-1`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(asked.filter((address) => /feed$/.test(address)).length, 0);
    assert.equal(faults.length, 1, faults.join("\n"));
    await page.getByLabel("Key").fill("guess");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(".sign-in .fault").filter({ hasText: /\w/ }).waitFor();
    assert.deepEqual(await problems(page), []);
    await page.getByLabel("Key").fill("sesame");
    await page.keyboard.press("Enter");

    await page.getByRole("button", { name: "Drain", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Drain", exact: true }).click();
    await page.getByText("Drained by operator").waitFor();
    const drains = `${server.origin}/_opsen/drains`;
    const told = await fetch(drains, { headers: { "x-api-key": "sesame" } });
    assert.equal((await told.json()).drains[0].client_id, "rack-1");
    await page.getByRole("button", { name: "Back into service" }).click();
    await dialog.getByRole("button", { name: "Back into service" }).click();
    await page.getByText("It takes new work.").waitFor();

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await page.getByText("rack-1").count(), 0);
    const status = await page.evaluate(async (path) => {
      return (await fetch(path)).status;
    }, drains);
    assert.equal(status, 401);
  },
);

step("the page finds its server again after a restart", async (open) => {
  const port = freePort();
  const { page } = await open();
  {
    await using server = await realServer("", port);
    await machine(server.origin, "before");
    await page.goto(`${server.origin}/_opsen/ui#fleet/before`);
    await page.getByRole("link", { name: "before" }).waitFor();
  }
  await page.getByText("Reconnecting").waitFor();
  const cut = page.getByText("The server has not answered since");
  await cut.waitFor();
  assert.equal(await page.evaluate(isAlertOnTop), true);
  await using server = await realServer("", port);
  await machine(server.origin, "after");
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.getByRole("link", { name: "after" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "before" }).count(), 0);
  assert.equal(await page.locator("#link").innerText(), "Live");
  await cut.waitFor({ state: "detached" });
  await page.close();
});

step(
  "a restart ends the session, says so, and one sign-in is for all tabs",
  async (open) => {
    const port = freePort();
    const { page } = await open();
    const signIn = async () => {
      await page.getByLabel("Key").fill("sesame");
      await page.keyboard.press("Enter");
      await page.locator("#link[data-state=live]").waitFor();
    };
    const opened = page.waitForEvent("popup");
    {
      await using server = await realServer("server_key: sesame\n", port);
      await page.goto(`${server.origin}/_opsen/ui`);
      await page.evaluate('void open("/_opsen/ui#leases")');
      const other = await opened;
      await other.getByRole("heading", { name: "Sign in" }).waitFor();
      assert.equal(await page.getByText("The session is over").count(), 0);
      await signIn();
      await other.locator("#link[data-state=live]").waitFor();
    }
    await using _again = await realServer("server_key: sesame\n", port);
    const other = await opened;
    for (const tab of [page, other]) {
      await tab.getByText("The session is over").waitFor();
      assert.equal(await tab.locator("#key").innerText(), "");
    }
    await signIn();
    await other.locator("#link[data-state=live]").waitFor();
    await Promise.all([page.close(), other.close()]);
  },
);

/** A server in this process; it forgets everything when it ends. */
async function realServer(yaml: string, port = 0) {
  const config = await serverConfig(
    `host: 127.0.0.1\nport: ${port}\nrate_limit_per_minute: 0\n${yaml}`,
  );
  const server = await startServer(config, {
    logger: new FakeLogger(),
    databasePath: ":memory:",
  });
  return {
    origin: `http://127.0.0.1:${server.address.port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A machine registers and reports. */
async function machine(
  origin: string,
  id: string,
  key?: string,
  hostname = id,
): Promise<void> {
  const messages = [
    ["register", { ...registerMessage(id), hostname }],
    ["stats", statsMessage(id, { busyPct: 20 })],
  ] as const;
  for (const [path, message] of messages) {
    const response = await fetch(`${origin}/${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key !== undefined && { "x-api-key": key }),
      },
      body: JSON.stringify(message),
    });
    assert.equal(response.status, 200, await response.text());
  }
}

/** What shows that a view has its data. */
function readyMark(view: string): string {
  switch (view) {
    case "fleet":
      return ".rows .row";
    case "map":
      return ".site";
    case "fleet/render-01":
      return ".chart canvas";
    case "decisions/r-7":
      return ".explanation tbody tr";
    case "refusals":
      return ".spark";
    default:
      return "main tbody tr";
  }
}

/** Grave findings, one line each. Scripts of the page itself are not used, so its policy stays as it is. */
async function problems(
  page: Page,
  rules?: readonly string[],
): Promise<readonly string[]> {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axe);
  const found = await page.evaluate(async (runOnly) => {
    // Of what is in order nothing need be gathered.
    const only = { resultTypes: ["violations"] };
    const options = runOnly === undefined ? only : { ...only, runOnly };
    const { violations } = await Reflect.get(globalThis, "axe").run(options);
    return violations as readonly {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  }, rules);
  return found.filter(({ impact }) => GRAVE.includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

function fail(): never {
  throw new Error("Cannot measure what is not shown");
}

async function focused(page: Page): Promise<string | undefined> {
  return await page.locator(":focus").textContent() ?? undefined;
}

/** The table is painted anew a frame after what was clicked. */
async function firstRowSays(page: Page, words: RegExp): Promise<void> {
  const row = page.locator(".rows [aria-rowindex='2']");
  await row.filter({ hasText: words }).waitFor();
}

/** Whether nothing lies over the alert, from one side of the page to the other; runs in the page. */
function isAlertOnTop(): boolean {
  const { clientWidth } = Reflect.get(globalThis, "document").documentElement;
  return [1, clientWidth / 2, clientWidth - 2].every((x) =>
    Reflect.get(globalThis, "document").elementFromPoint(x, 4).closest(
      ".alert",
    ) !== null
  );
}

/** How far things have moved by themselves; runs in the page. */
function shiftOf(): Promise<number> {
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) =>
      resolve(sum(list.getEntries()))
    );
    observer.observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum(observer.takeRecords())), 200);
    function sum(entries: readonly PerformanceEntry[]): number {
      return entries.filter((entry) => !Reflect.get(entry, "hadRecentInput"))
        .reduce((total, entry) => total + Reflect.get(entry, "value"), 0);
    }
  });
}
