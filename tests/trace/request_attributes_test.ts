import assert from "node:assert/strict";
import {
  errorOf,
  pathOf,
  routeOf,
} from "../../src/trace/request_attributes.ts";

const API = { kind: "api", code: undefined } as const;
const PROXIED = { kind: "proxied", code: undefined } as const;

Deno.test("ids in the paths of the API are left out of their routes", () => {
  for (
    const [path, route] of [
      ["/route", "/route"],
      ["/_opsen/leases", "/_opsen/leases"],
      ["/_opsen/leases/1f", "/_opsen/leases/:id"],
      ["/_opsen/leases/1f/renew", "/_opsen/leases/:id/renew"],
      ["/_opsen/backends/rack%2F7/drain", "/_opsen/backends/:id/drain"],
      ["/_opsen/config/reload", "/_opsen/config/reload"],
    ] as const
  ) assert.equal(routeOf(API, path, []), route);
});

Deno.test("a path that nobody knows has no route, so that callers make no names", () => {
  const unknown = { kind: "api", code: "unknown_path" } as const;
  assert.equal(routeOf(unknown, "/_opsen/x/y", []), undefined);
  const refused = { kind: "refused", code: "rate_limited" } as const;
  assert.equal(routeOf(refused, "/x", ["/"]), undefined);
});

Deno.test("the route of a proxied request is the configured prefix", () => {
  assert.equal(routeOf(PROXIED, "/app/x", ["/api", "/app"]), "/app");
  assert.equal(routeOf(PROXIED, "/app/x", ["/app/*"]), "/app/*");
  assert.equal(routeOf(PROXIED, "/any", ["*"]), "/");
  assert.equal(routeOf(PROXIED, "/any", ["/app"]), undefined);
});

Deno.test("a path is a target without its query", () => {
  assert.equal(pathOf("/a?key=1?2"), "/a");
  assert.equal(pathOf("/a"), "/a");
});

Deno.test("errors are what went wrong on our side", () => {
  const end = "complete";
  assert.equal(errorOf({ status: 404, code: undefined, end }), undefined);
  assert.equal(errorOf({ status: 502, code: undefined, end }), "502");
  assert.equal(
    errorOf({ status: 503, code: "no_capacity", end }),
    "no_capacity",
  );
  assert.equal(
    errorOf({ status: 200, code: undefined, end: "cut_off" }),
    "cut_off",
  );
  assert.equal(
    errorOf({ status: 0, code: undefined, end: "caller_left" }),
    undefined,
  );
});
