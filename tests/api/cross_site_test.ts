import assert from "node:assert/strict";
import { ApiHome, type HomeOptions } from "./api_home.ts";
import { FakeUi } from "./fake_ui.ts";

type Fields = Readonly<Record<string, string>>;

const HOST = "opsen.test";
const PAGE = "https://app.example.com";

async function codeOf(
  options: HomeOptions,
  fields: Fields,
  [method, path]: readonly [string, string] = [
    "POST",
    "/_opsen/backends/a/drain",
  ],
): Promise<unknown> {
  const home = new ApiHome({ ...options, deps: { ui: new FakeUi() } });
  const before = home.state();
  const headers = { host: HOST, ...fields };
  const response = await home.send(method, path, undefined, headers);
  const { code } = await response.json();
  if (code === "cross_site") {
    assert.equal(response.status, 403);
    assert.equal(home.state(), before);
  }
  return code ?? response.status;
}

/** What browsers say of a request that a page of another origin makes. */
const FOREIGN: readonly Fields[] = [
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "cross-site", origin: `http://${HOST}` },
  { origin: PAGE },
  { origin: `http://${HOST}:81` },
  { origin: `http://${HOST}.example.com` },
  { origin: "null" },
  { origin: "" },
];

/** What they say of our own, or of nobody's; and what programs say. */
const OWN: readonly Fields[] = [
  {},
  { "sec-fetch-site": "same-origin" },
  { "sec-fetch-site": "none" },
  { "sec-fetch-site": "same-origin", origin: "https://behind.a.proxy" },
  { origin: `http://${HOST}` },
  { origin: `https://${HOST}:443` },
];

Deno.test("a page of another origin changes nothing, whether there are keys or not", async () => {
  for (const fields of FOREIGN) {
    const shown = JSON.stringify(fields);
    assert.equal(await codeOf({}, fields), "cross_site", shown);
    assert.equal(await codeOf({ keys: ["k"] }, fields), "cross_site", shown);
  }
  for (const fields of OWN) {
    const shown = JSON.stringify(fields);
    assert.equal(await codeOf({}, fields), "unknown_client", shown);
    assert.equal(await codeOf({ keys: ["k"] }, fields), "missing_key", shown);
  }
});

Deno.test("every call that changes something is held to it, and none that only reads", async () => {
  const { routes } = new ApiHome({ deps: { ui: new FakeUi() } });
  const foreign = { "sec-fetch-site": "cross-site" };
  let changes = 0;
  for (const { method, path } of routes) {
    if (method === "GET") continue;
    const asked = [method, path.replace(/:\w+/g, "x")] as const;
    assert.equal(await codeOf({}, foreign, asked), "cross_site", `${asked}`);
    changes++;
  }
  assert.ok(changes >= 20);
  assert.equal(await codeOf({}, foreign, ["GET", "/clients"]), 200);
  const options = await codeOf({}, foreign, ["OPTIONS", "/route"]);
  assert.equal(options, "method_not_allowed");
});

Deno.test("a key that the request itself shows is let through: pages can't add one, tools with odd origins do", async () => {
  const code = (fields: Fields) => codeOf({ keys: ["k"] }, fields);
  for (const fields of FOREIGN) {
    assert.equal(
      await code({ ...fields, "x-api-key": "k" }),
      "unknown_client",
    );
    const bearer = { ...fields, authorization: "Bearer k" };
    assert.equal(await code(bearer), "unknown_client");
    assert.equal(await code({ ...fields, "x-api-key": "guess" }), "wrong_key");
  }
  // A browser adds these by itself.
  for (const added of [{ authorization: "Basic azo=" }, { cookie: "k" }]) {
    assert.equal(
      await code({ ...added, "sec-fetch-site": "cross-site" }),
      "cross_site",
    );
  }
});

Deno.test("origins that CORS lets in may change something, and others may not", async () => {
  const code = (corsOrigins: readonly string[], fields: Fields) =>
    codeOf({ settings: { corsOrigins } }, fields);
  const site = { "sec-fetch-site": "cross-site" };
  const page = { ...site, origin: PAGE };
  for (const listed of [PAGE, "HTTPS://App.Example.Com:443", "*"]) {
    assert.equal(await code([listed], page), "unknown_client", listed);
    assert.equal(await code([listed], { origin: PAGE }), "unknown_client");
  }
  assert.equal(await code([PAGE], site), "cross_site");
  for (
    const [listed, origin] of [
      [PAGE, "http://app.example.com"],
      [PAGE, "https://app.example.com:8443"],
      [PAGE, "null"],
      ["tauri://localhost", "tauri://evil"],
      ["null", PAGE],
    ] as const
  ) {
    assert.equal(await code([listed], { ...site, origin }), "cross_site");
  }
  assert.equal(await code(["null"], { origin: "null" }), "unknown_client");
});

Deno.test("a blocked address is told that, and a refusal is in the audit trail", async () => {
  const foreign = { "sec-fetch-site": "cross-site" };
  const settings = { blockedAddresses: ["192.0.2.9"] };
  assert.equal(await codeOf({ settings }, foreign), "address_not_allowed");
  const home = new ApiHome();
  const path = "/_opsen/backends/a/drain";
  await (await home.send("POST", path, undefined, foreign)).body?.cancel();
  assert.deepEqual(
    home.store.tables.audit.map(({ actor, action, target, result }) =>
      [actor, action, target, result].join(" ")
    ),
    ["anyone backend.drain a cross_site"],
  );
});
