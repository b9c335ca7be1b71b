import assert from "node:assert/strict";
import { GeoipHome } from "../cli/geoip_home.ts";
import { startOpsen } from "./opsen_process.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends a download with 130, and nothing of it stays`, () =>
    expectNothingStays(signal));
}

async function expectNothingStays(signal: Deno.Signal): Promise<void> {
  const { promise: asked, resolve: begin } = Promise.withResolvers<void>();
  await using home = await GeoipHome.open((_request, url) => {
    if (url.search.includes("sha256")) return undefined;
    begin();
    return new Response(
      new ReadableStream({ pull: () => new Promise(() => {}) }),
    );
  });
  await using opsen = await startOpsen(home.args, {
    env: { MAXMIND_LICENSE_KEY: "key" },
  });
  await asked;
  assert.equal(home.names().length, 1);
  opsen.kill(signal);
  const { code, stderr } = await opsen.ended();
  assert.deepEqual([code, stderr], [130, "Interrupted\n"]);
  assert.deepEqual(home.names(), []);
}
