import assert from "node:assert/strict";
import { OPERATIONS } from "../../dist/openapi/document.ts";
import { templateOf } from "../../src/api/openapi_document.ts";
import type { OpenApi } from "../../src/api/openapi_types.ts";
import { PROBLEMS } from "../../src/api/problems.ts";
import { ApiHome, type HomeOptions } from "./api_home.ts";
import { operationsOf, wholeHome } from "./openapi_world.ts";

async function documentOf(
  home: ApiHome,
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenApi> {
  const response = await home.send(
    "GET",
    "/_opsen/openapi.json",
    undefined,
    headers,
  );
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  return await response.json();
}

function namesOf(document: OpenApi): readonly string[] {
  return operationsOf(document).map(({ method, path }) => `${method} ${path}`);
}

/** What the API has, as the document writes it. */
function registered({ routes }: ApiHome): readonly string[] {
  return routes.map(({ method, path }) => `${method} ${templateOf(path)}`);
}

Deno.test("every endpoint is described, and nothing else is", async () => {
  const home = wholeHome();
  const described = namesOf(await documentOf(home)).toSorted();
  assert.deepEqual(described, registered(home).toSorted());
  const told = Object.keys(OPERATIONS).map(templateOf).toSorted();
  assert.deepEqual(told, described);
});

Deno.test("what a server does not have is not described", async () => {
  const home = new ApiHome();
  const document = await documentOf(home);
  assert.deepEqual(
    namesOf(document).toSorted(),
    registered(home).toSorted(),
  );
  assert.ok(!namesOf(document).some((name) => name.includes("/ui")));
});

Deno.test("an operation asks for the scope that its endpoint asks for", async () => {
  const scopes = new Map(
    operationsOf(await documentOf(wholeHome())).map((
      { method, path, operation: { security } },
    ) => [
      `${method} ${path}`,
      security.flatMap((one) => Object.values(one).flat())[0],
    ]),
  );
  for (const [key, { access }] of Object.entries(OPERATIONS)) {
    const isOpen = access === "anyone" || access === "allowed_address";
    const scope = scopes.get(templateOf(key));
    assert.equal(scope, isOpen ? undefined : access, key);
  }
});

Deno.test("every code of the API is one that some operation may answer", async () => {
  const document = await documentOf(wholeHome());
  const text = JSON.stringify(document.components.responses);
  const general = ["unknown_path", "method_not_allowed"];
  const missing = Object.keys(PROBLEMS).filter((code) =>
    !general.includes(code) && !text.includes(`"code":"${code}"`)
  );
  assert.deepEqual(missing, []);
  assert.deepEqual(
    document["x-problems"].map(({ code }) => code),
    Object.keys(PROBLEMS),
  );
});

Deno.test("the server is where the request went, and a Host that is none is left out", async () => {
  const urlOf = async (headers: Readonly<Record<string, string>>) =>
    (await documentOf(new ApiHome(), headers)).servers[0]?.url;
  assert.equal(
    await urlOf({ host: "lb.example:8080" }),
    "http://lb.example:8080/",
  );
  const secure = { host: "lb.example", "x-forwarded-proto": "https" };
  assert.equal(await urlOf(secure), "https://lb.example/");
  assert.equal(await urlOf({ host: '"><script>' }), "/");
});

Deno.test("the header of sessions has the name that the server has for it", async () => {
  const stickyOf = async (options: HomeOptions) => {
    const document = await documentOf(new ApiHome(options));
    const isUsed = JSON.stringify(document.paths).includes("StickyId");
    return [document.components.parameters.StickyId?.name, isUsed];
  };
  const settings = { stickyHeader: "X-Player" };
  assert.deepEqual(await stickyOf({ settings }), ["X-Player", true]);
  assert.deepEqual(await stickyOf({}), [undefined, false]);
});

Deno.test("both are for allowed addresses and need no key", async () => {
  const home = new ApiHome({
    keys: ["k"],
    settings: { allowedAddresses: ["198.51.100.0/24"] },
  });
  for (const path of ["/_opsen/openapi.json", "/_opsen/docs"]) {
    const [inside, outside] = [
      await home.send("GET", path, undefined, {}, "198.51.100.1"),
      await home.send("GET", path),
    ];
    assert.deepEqual([inside.status, outside.status], [200, 403], path);
    await Promise.all([inside.body?.cancel(), outside.body?.cancel()]);
  }
});
