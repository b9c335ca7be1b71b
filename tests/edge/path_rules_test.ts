import assert from "node:assert/strict";
import fc from "fast-check";
import {
  classifyPath,
  endpointFor,
  proxiedPaths,
} from "../../src/edge/path_rules.ts";
import { registration, stream } from "../engine/fleets.ts";

for (const prefix of ["/", "/*", "*", "/**"]) {
  Deno.test(`"${prefix}" takes all paths but those of the management`, () => {
    const isProxied = proxiedPaths([prefix]);
    for (const path of ["/", "/api", "/docs?x=1", "/metrics", "/?/health"]) {
      assert.ok(isProxied(path), path);
    }
    for (const path of ["*", "", "example.com:443"]) {
      assert.equal(classify([prefix], path), "neither", path);
    }
  });
}

Deno.test("a prefix ends anywhere in a segment, as in the Go server", () => {
  const isProxied = proxiedPaths(["/api", "/browse/"]);
  for (const path of ["/api", "/api/x", "/apix", "/api?x", "/browse/"]) {
    assert.ok(isProxied(path), path);
  }
  for (const path of ["/", "/ap", "/API", "/x/api", "/browse", "/?/api"]) {
    assert.ok(!isProxied(path), path);
  }
});

Deno.test("a star at the end of a prefix adds nothing", () => {
  const isProxied = proxiedPaths(["/api/*"]);
  assert.ok(isProxied("/api/") && isProxied("/api/x") && isProxied("/api/*"));
  assert.ok(!isProxied("/api") && !isProxied("/apix"));
});

for (const prefixes of [[], ["/"], ["/health", "/_opsen", "/clients/"]]) {
  Deno.test(`management paths stay ours under ${JSON.stringify(prefixes)}`, () => {
    for (
      const path of [
        ...["/register", "/stats", "/route", "/health", "/health?verbose=1"],
        ...["/clients", "/clients?active_only=true", "/clients/purge"],
        ...["/clients/purge-pending", "/_opsen", "/_opsen/", "/_opsen?"],
        ...["/_opsen/metrics", "/_opsen/x?/../y//", "/_opsen/leases/a%3Ab"],
      ]
    ) assert.equal(classify(prefixes, path), "management", path);
  });
}

Deno.test("what only looks like a management path is an application's", () => {
  for (
    const path of [
      ...["/health/", "/healthz", "/Health", "/health#x", "/clients/"],
      ...["/clients/purge/", "/_opsenx", "/_Opsen/", "/heal", "/?/_opsen/"],
    ]
  ) {
    assert.equal(classify(["/"], path), "proxied", path);
    assert.equal(classify([], path), "neither", path);
  }
});

Deno.test("bytes outside of the given range decide nothing", () => {
  const bytes = bytesOf("GET /api HTTP/1.1");
  assert.equal(classifyPath(["/api"])(bytes, 4, 8), "proxied");
  assert.equal(classifyPath(["/api"])(bytes, 4, 7), "neither");
  assert.equal(classifyPath(["/api "])(bytes, 4, 8), "neither");
  const health = bytesOf("x/health");
  assert.equal(classifyPath([])(health, 1, 8), "management");
  assert.equal(classifyPath(["/"])(health, 1, 7), "proxied");
  assert.equal(classifyPath(["/"])(health, 4, 4), "neither");
});

Deno.test("a path under any of the prefixes is proxied, and no other", () => {
  const text = fc.string({
    unit: fc.constantFrom("/", "a", "b"),
    maxLength: 5,
  });
  const path = text.map((text) => `/${text}`);
  fc.assert(fc.property(fc.array(path), path, (prefixes, path) => {
    const expected = prefixes.some((prefix) => path.startsWith(prefix));
    assert.equal(proxiedPaths(prefixes)(path), expected);
  }));
});

const NODE = registration(0, stream(1));
const RULES = {
  ...NODE,
  endpoints: [
    { url: "http://n:1", paths: ["*"] },
    { url: "http://n:2", paths: ["/api/*", "/exact"] },
    { url: "http://n:3", paths: ["/api/v1/*", "/api/v1"] },
    { url: "http://n:4", paths: ["/api/v1/*", "/exact*"] },
  ],
};

for (
  const [path, url] of [
    ["/", "http://n:1"],
    ["/api", "http://n:1"],
    ["/api/", "http://n:2"],
    ["/api/v1", "http://n:3"],
    ["/api/v1?x=/exact", "http://n:3"],
    ["/api/v1/", "http://n:3"],
    ["/api/v10", "http://n:2"],
    ["/exact", "http://n:2"],
    ["/exact?", "http://n:2"],
    ["/exactly", "http://n:4"],
  ] as const
) {
  Deno.test(`${path} goes to ${url} among several endpoints`, () => {
    assert.equal(endpointFor(RULES, path), url);
  });
}

Deno.test("a path that no endpoint names goes where callers are sent", () => {
  const endpoints = RULES.endpoints.slice(1);
  assert.equal(endpointFor({ ...RULES, endpoints }, "/other"), NODE.endpoint);
  assert.equal(endpointFor(NODE, "/api/v1"), NODE.endpoint);
});

Deno.test("an exact path beats a longer prefix of another endpoint", () => {
  const endpoints = [
    { url: "http://n:1", paths: ["/a*"] },
    { url: "http://n:2", paths: ["/a"] },
  ];
  assert.equal(endpointFor({ ...NODE, endpoints }, "/a"), "http://n:2");
});

function classify(prefixes: readonly string[], path: string) {
  const bytes = bytesOf(path);
  return classifyPath(prefixes)(bytes, 0, bytes.length);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("under a longer prefix a path with dot segments is ambiguous, because readers differ in where it leads", () => {
  for (
    const path of [
      ...["/api/../admin", "/api/./x", "/api/..", "/api/.", "/api/x/%2e%2E/y"],
      ...["/api/%2e/", "/api/.%2e?x", "/apix/..?q=/api", "/api/..;a/admin"],
      ...["/api/..%2fadmin", "/api\\..\\admin", "/api/../admin/..;/api/x"],
    ]
  ) assert.equal(classify(["/api"], path), "ambiguous", path);
  for (
    const path of [
      ...["/api/...", "/api/..x/y", "/api/x..", "/api/.well-known"],
      ...["/api?a=/../b", "/api/%2ex", "/api/%2", "/api//x", "/api/x;v=1"],
    ]
  ) assert.equal(classify(["/api"], path), "proxied", path);
});

Deno.test("with all paths proxied, a path that leads to no management path goes on as it is", () => {
  for (
    const path of [
      ...["/x/../y", "/a//b", "/a/../b", "/x;v=1/y", "/%41", "/a%2fb", "//"],
      ...["/..", "/%2e%2e/%2e", "/a%20b", "/a\\b", "/x/..;/y", "/a%00b"],
    ]
  ) assert.equal(classify(["/"], path), "proxied", path);
});

for (const prefixes of [["/"], ["/api", "/x"], []]) {
  Deno.test(`what another reader takes for a management path is nobody's under ${JSON.stringify(prefixes)}`, () => {
    for (
      const path of [
        ...["/api/../clients", "/api/%2e%2e/clients", "//clients"],
        ...["/clients;x", "/clients;x?y", "/%63lients", "/%63lients/..;/stats"],
        ...["/x/..;/clients", "/api/..%2fclients", "/clients%00", "/clients/."],
        ...["/./clients", "/clients/x/..", "/\\clients", "/x\\..\\clients"],
        ...["/clients;/purge", "/x/%2e%2e%5cclients%2Fpurge", "/%5fopsen/ui"],
        ...["/_opsen//x", "/_opsen;/x", "/_opsen/../x", "/x/%2E./_opsen/%2e/y"],
        ...["/clients%00.png", "/clients%3b/..%2fclients", "//%2f/route?x"],
      ]
    ) assert.equal(classify(prefixes, path), "ambiguous", path);
  });
}

Deno.test("no path that is not in its folded form reaches the API, whoever it is for", () => {
  for (const path of ["/a//b", "/a/../b", "/%61", "/a;b", "/a\\b", "/a/."]) {
    assert.equal(classify([], path), "ambiguous", path);
    assert.equal(classify(["/api"], path), "ambiguous", path);
  }
  for (const path of ["/a%20b", "/a%3Fb", "/.x", "/a/..b/", "/%", "/%zz"]) {
    assert.equal(classify([], path), "neither", path);
  }
});

Deno.test("a prefix that is not in folded form takes the paths that begin like it", () => {
  assert.equal(classify(["/a;v=1/"], "/a;v=1/x"), "proxied");
  assert.equal(classify(["/a//b"], "/a//b/c"), "proxied");
  assert.equal(classify(["/%61"], "/%61/c"), "proxied");
  assert.equal(classify(["/a;v=1/"], "/a;v=2/x"), "ambiguous");
});
