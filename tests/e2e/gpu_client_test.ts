/** A client process beside a driver that hangs: it must end when it is asked to, whatever call is out. */
import assert from "node:assert/strict";
import { FakeServer } from "../agent/fake_server.ts";
import { makeFakeNvml, nvmlTest } from "../ffi/fake_nvml.ts";
import { fakeCard, type NvmlScript } from "../ffi/nvml_script.ts";
import { eventually } from "./eventually.ts";
import { startOpsen } from "./opsen_process.ts";

/** A service manager is promised 2 s; the rest is for a machine that is busy with other tests. */
const STOP_MS_MAX = 4000;
/** Longer than any test waits. */
const FOR_EVER_MS = 600_000;

nvmlTest(
  "a client whose driver hangs says so, goes on reporting, and ends at once when it is asked to",
  async () => {
    const healthy: NvmlScript = { devices: [fakeCard(0), fakeCard(1)] };
    using fake = makeFakeNvml(healthy);
    const folder = Deno.makeTempDirSync({ prefix: "opsen-e2e-" });
    try {
      await using server = new FakeServer(() => 200);
      await using client = await startOpsen([
        ...["client", "--server-url", server.url, "--state-dir", folder],
        ...["--report-interval-seconds", "1", "--window-minutes", "1"],
      ], { env: { LD_LIBRARY_PATH: fake.folder } });
      const reports = (cards: boolean) =>
        server.received.filter(({ path, body }) =>
          path === "/stats" && hasFakes(body["gpus"]) === cards
        ).length;
      await eventually("a report of the cards", () => told(reports(true) > 0));

      fake.write({ ...healthy, hangs: [{ of: "*", ms: FOR_EVER_MS }] });
      await client.said(/WARN .*No reading of the NVIDIA GPUs/);
      const before = reports(false);
      await eventually("a report without", () => told(reports(false) > before));

      const askedAt = performance.now();
      client.kill("SIGTERM");
      const { code, stdout, stderr } = await client.ended();
      const tookMs = performance.now() - askedAt;
      assert.equal(code, 0, stdout + stderr);
      assert.ok(tookMs < STOP_MS_MAX, `${tookMs} ms`);
      assert.equal((stdout + stderr).match(/WARN .*NVIDIA/g)?.length, 1);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

/** The machine of the test may have cards of its own. */
function hasFakes(gpus: unknown): boolean {
  return Array.isArray(gpus) &&
    gpus.some(({ name }) => name === "NVIDIA Fake 80GB");
}

function told(isSo: boolean): Promise<boolean> {
  return Promise.resolve(isSo);
}
