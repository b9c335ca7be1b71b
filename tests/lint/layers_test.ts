import assert from "node:assert/strict";
import { DOORS, importFault, isPure, LAYERS, standing } from "./layers.ts";
import { specifierFault } from "./layers_rule.ts";

Deno.test("the layer table names each room once", () => {
  const rooms = LAYERS.flatMap(({ rooms }) => rooms);
  assert.deepEqual(rooms, [...new Set(rooms)]);
});

Deno.test("each door of the layer table joins two rooms of one layer", () => {
  for (const { from, to } of DOORS) {
    assert.equal(
      standing(from)?.layer,
      standing(to)?.layer,
      `${from} -> ${to}`,
    );
  }
});

Deno.test("a file knows its room and layer", () => {
  assert.deepEqual(standing("src/engine/tier.ts"), {
    room: "src/engine/",
    layer: 5,
  });
  assert.deepEqual(standing("src/ports.ts"), {
    room: "src/ports.ts",
    layer: 4,
  });
  assert.equal(standing("src/other.ts"), undefined);
  assert.equal(standing("tests/engine/tier_test.ts"), undefined);
  assert.equal(isPure("src/http1/head.ts"), true);
  assert.equal(isPure("src/wire/stats.ts"), false);
});

Deno.test("imports may point down, stay in the room or pass a door", () => {
  const allowed: readonly (readonly [string, string])[] = [
    ["main.ts", "src/cli/program.ts"],
    ["src/cli/demo.ts", "src/server.ts"],
    ["src/cli/demo.ts", "src/cli/table.ts"],
    ["src/server.ts", "src/api/app.ts"],
    ["src/server.ts", "src/lifecycle.ts"],
    ["src/api/app.ts", "src/engine/balancer.ts"],
    ["src/api/app.ts", "src/ports.ts"],
    ["src/agent/sampler.ts", "src/collect/cpu.ts"],
    ["src/collect/gpu.ts", "ffi/nvml.ts"],
    ["src/edge/drivers/epoll.ts", "ffi/libc.ts"],
    ["src/wire/register.ts", "src/engine/backend.ts"],
    ["src/cli/version.ts", "deno.json"],
    ["src/api/app.ts", "deno.json"],
  ];
  for (const [from, to] of allowed) {
    assert.equal(importFault(from, to), undefined, `${from} -> ${to}`);
  }
});

Deno.test("imports that point up or sideways are refused with both ends named", () => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    [
      "src/engine/balancer.ts",
      "src/ports.ts",
      /up from "src\/ports.ts" \(contracts\)/,
    ],
    ["src/wire/stats.ts", "src/api/app.ts", /up/],
    ["src/api/app.ts", "src/server.ts", /up/],
    ["src/store/writer.ts", "src/cli/program.ts", /up/],
    ["src/cli/program.ts", "main.ts", /up/],
    ["src/api/app.ts", "src/store/writer.ts", /sideways/],
    ["src/collect/cpu.ts", "src/agent/sampler.ts", /sideways/],
    ["src/agent/sampler.ts", "ffi/nvml.ts", /sideways/],
    ["src/edge/exchange.ts", "ffi/libc.ts", /sideways/],
    ["src/config/server_keys.ts", "src/wire/tier.ts", /sideways/],
    ["src/policy/window.ts", "src/engine/score.ts", /sideways/],
    ["src/server.ts", "src/client.ts", /sideways/],
    ["src/api/app.ts", "tests/fakes/clock.ts", /in no room/],
    ["src/engine/tier.ts", "deno.json", /in no room/],
    [
      "src/strange/new.ts",
      "src/ports.ts",
      /"src\/strange\/new.ts" is in no room/,
    ],
  ];
  for (const [from, to, why] of refused) {
    assert.match(importFault(from, to) ?? "", why, `${from} -> ${to}`);
  }
});

Deno.test("files that do not ship may import anything", () => {
  assert.equal(
    importFault("tests/e2e/build_test.ts", "src/server.ts"),
    undefined,
  );
  assert.equal(importFault("dist/build.ts", "main.ts"), undefined);
});

Deno.test("specifiers are resolved as the runtime resolves them", () => {
  assert.equal(specifierFault("src/engine/tier.ts", "./units.ts"), undefined);
  assert.match(
    specifierFault("src/engine/tier.ts", "./../api/app.ts") ?? "",
    /up from "src\/api\/app.ts"/,
  );
  assert.match(
    specifierFault("src/engine/tier.ts", ".././/api/app.ts?x=1#y") ?? "",
    /up from "src\/api\/app.ts"/,
  );
  assert.match(
    specifierFault("src/api/app.ts", "../../../other/x.ts") ?? "",
    /outside of the repository/,
  );
  assert.match(
    specifierFault("src/api/app.ts", "/etc/x.ts") ?? "",
    /outside of the repository/,
  );
});

Deno.test("packages are refused in the pure layer only", () => {
  for (
    const specifier of [
      "zod",
      "npm:zod@4",
      "node:fs",
      "jsr:@std/path",
      "https://example.test/x.ts",
    ]
  ) {
    assert.match(
      specifierFault("src/policy/window.ts", specifier) ?? "",
      /pure and must not import the package/,
    );
    assert.equal(specifierFault("src/wire/stats.ts", specifier), undefined);
  }
});
