import assert from "node:assert/strict";
import { startEndpoint } from "../../../src/cli/demo/endpoint.ts";
import type { SessionLoad } from "../../../src/cli/demo/machine.ts";

Deno.test("a machine's service opens sessions that end with it, and refuses what it does not know", async () => {
  const live = new Set<SessionLoad>();
  const endpoint = startEndpoint("m", (load) => {
    live.add(load);
    return () => void live.delete(load);
  });
  async function post(path: string, method = "POST"): Promise<number> {
    const response = await fetch(endpoint.url + path, { method });
    await response.body?.cancel();
    return response.status;
  }
  {
    await using _running = endpoint;
    assert.equal(await post("/session?vcpu=2&memory_gb=4&seconds=30"), 201);
    assert.deepEqual([...live], [
      { vcpu: 2, memoryGb: 4, storageGb: 0, gpuMemoryGb: 0, gpus: [] },
    ]);
    assert.equal(endpoint.open, 1);
    assert.equal(await post("/session?vcpu=-1&seconds=30"), 404);
    assert.equal(await post("/session?vcpu=1"), 404);
    for (const gpus of ["x", "1,", "-1", "12345"]) {
      assert.equal(await post(`/session?seconds=30&gpus=${gpus}`), 404);
    }
    assert.equal(await post("/session", "GET"), 404);
    const home = await fetch(`${endpoint.url}/`);
    assert.equal(await home.text(), "m: 1 sessions open\n");
    assert.equal(await post("/session?vcpu=1&seconds=0.01"), 201);
    while (endpoint.open > 1) await new Promise((go) => setTimeout(go, 5));
    assert.equal(live.size, 1);
    assert.equal(
      await post("/session?seconds=30&gpus=0,12&gpu_memory_gb=16"),
      201,
    );
    const { gpus, gpuMemoryGb } = [...live][1] ?? {};
    assert.deepEqual([gpus, gpuMemoryGb], [[0, 12], 16]);
  }
  assert.equal(live.size, 0);
});
