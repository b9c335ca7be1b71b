import assert from "node:assert/strict";
import { suggest } from "../../src/config/suggest.ts";

const KNOWN = ["port", "host", "stale_minutes", "server_key", "api_keys", "ui"];

Deno.test("slips of the finger lead to the name that was meant", () => {
  const slips = {
    prot: "port",
    hots: "host",
    Port: "port",
    staleMinutes: "stale_minutes",
    "stale-minutes": "stale_minutes",
    stale_minuts: "stale_minutes",
    server_kye: "server_key",
    apikeys: "api_keys",
    api_key: "api_keys",
    iu: "ui",
  };
  for (const [slip, meant] of Object.entries(slips)) {
    assert.equal(suggest(slip, KNOWN), meant, slip);
  }
});

Deno.test("a name that is like no other leads nowhere", () => {
  for (const name of ["", "zzzz", "database_url", "x".repeat(65), "猫"]) {
    assert.equal(suggest(name, KNOWN), undefined, name);
  }
  assert.equal(suggest("port", []), undefined);
});
