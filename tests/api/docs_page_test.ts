import assert from "node:assert/strict";
import { hash } from "node:crypto";
import type { OpenApi } from "../../src/api/openapi_types.ts";
import { PROBLEMS } from "../../src/api/problems.ts";
import { documentOf } from "../../src/api/openapi_document.ts";
import { docsPage } from "../../src/api/docs_page.ts";
import { markup, prose } from "../../src/api/docs_html.ts";
import { operationsOf, wholeHome } from "./openapi_world.ts";

/** What a page may weigh that is read over a slow line: a second's worth of a megabit. */
const BYTES_MAX = 125_000;

const response = await wholeHome().send("GET", "/_opsen/docs", undefined, {
  host: "lb.example:8080",
});
const page = await response.text();

const document: OpenApi = await (await wholeHome().send(
  "GET",
  "/_opsen/openapi.json",
)).json();

Deno.test("the page is light, and may load nothing and run nothing", () => {
  assert.ok(
    new TextEncoder().encode(page).length < BYTES_MAX,
    page.length.toString(),
  );
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /^default-src 'none'; style-src 'sha256-/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.doesNotMatch(page, /<script|<img|\bstyle=|\bon\w+=|url\(/);
  const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? "";
  assert.ok(policy.includes(`'sha256-${hash("sha256", style, "base64")}'`));
});

Deno.test("it has every operation, every code, and no link that leads nowhere", () => {
  const ids = [...page.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { operation: { operationId } } of operationsOf(document)) {
    assert.ok(ids.includes(operationId), operationId);
  }
  for (const code of Object.keys(PROBLEMS)) {
    assert.ok(ids.includes(`problem-${code}`), code);
  }
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  assert.deepEqual(targets.filter((id) => !ids.includes(id)), []);
});

Deno.test("it is marked up for readers that don't look at it", () => {
  assert.match(page, /^<!doctype html>\n<html lang="en">/);
  assert.match(page, /<title>Opsen API<\/title>/);
  assert.match(page, /<a class="skip" href="#main">/);
  assert.equal(page.match(/<main /g)?.length, 1);
  assert.equal(page.match(/<h1>/g)?.length, 1);
  const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) =>
    Number(level)
  );
  for (const [index, level] of levels.entries()) {
    assert.ok(level <= (levels[index - 1] ?? 0) + 1, `heading ${index}`);
  }
});

Deno.test("calls name the server that was asked", () => {
  assert.match(page, /curl -X POST http:\/\/lb\.example:8080\/route/);
  assert.doesNotMatch(page, /\{origin\}/);
});

Deno.test("what is put into the page can't break out of it", () => {
  const { text } = markup`<p title="${'"'}">${"<b>&"}</p>${prose("`<i>`")}`;
  assert.equal(
    text,
    '<p title="&quot;">&lt;b&gt;&amp;</p><code>&lt;i&gt;</code>',
  );
});

Deno.test("a document without anything is a page too", () => {
  assert.match(docsPage(documentOf([], "")).html, /<h2 id="problems">/);
});
