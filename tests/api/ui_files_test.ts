import assert from "node:assert/strict";
import { ApiHome } from "./api_home.ts";
import { FakeUi, PAGE } from "./fake_ui.ts";

const UI = "/_opsen/ui";

function homeWithUi(): ApiHome {
  return new ApiHome({ keys: ["k"], deps: { ui: new FakeUi() } });
}

Deno.test("the page is open to whoever reaches the server, and strict about what it may load", async () => {
  const response = await homeWithUi().send("GET", UI);
  const { headers } = response;
  assert.equal(await response.text(), PAGE);
  assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(headers.get("cache-control"), "no-cache");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "no-referrer");
  assert.equal(
    headers.get("content-security-policy"),
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
});

Deno.test("with a slash at its end the page's path leads to the page, where there is one", async () => {
  for (const method of ["GET", "HEAD"]) {
    const response = await homeWithUi().send(method, `${UI}/`);
    assert.equal(response.status, 308);
    assert.equal(response.headers.get("location"), UI);
  }
  const [status, body] = await new ApiHome().get(`${UI}/`);
  assert.deepEqual([status, body.code], [404, "unknown_path"]);
});

Deno.test("a browser that has the file is told so", async () => {
  const home = homeWithUi();
  for (const known of ['"e1"', 'W/"e1"', '"e0", "e1"']) {
    const response = await home.send("GET", UI, undefined, {
      "if-none-match": known,
    });
    assert.deepEqual([response.status, await response.text()], [304, ""]);
    assert.equal(response.headers.get("etag"), '"e1"');
  }
  const other = await home.send("GET", UI, undefined, {
    "if-none-match": '"e0"',
  });
  assert.equal(other.status, 200);
  await other.body?.cancel();
});

Deno.test("the icon is kept for a day: browsers ask for it with every step in the page", async () => {
  const response = await homeWithUi().send("GET", `${UI}/icon.svg`);
  await response.body?.cancel();
  assert.equal(response.headers.get("cache-control"), "max-age=86400");
});

Deno.test("a file that is none is no page, and an address that may not call gets none", async () => {
  const home = homeWithUi();
  for (const name of ["nothing.js", "__proto__", "%2e%2e", "x/y"]) {
    const [status, body] = await home.get(`${UI}/${name}`);
    assert.deepEqual([status, body.code], [404, "unknown_path"], name);
  }
  const closed = new ApiHome({
    settings: { allowedAddresses: ["198.51.100.0/24"] },
    deps: { ui: new FakeUi() },
  });
  const [status, body] = await closed.get(UI);
  assert.deepEqual([status, body.code], [403, "address_not_allowed"]);
});
