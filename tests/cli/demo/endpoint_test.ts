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
    assert.deepEqual([...live], [{ vcpu: 2, memoryGb: 4, storageGb: 0 }]);
    assert.equal(endpoint.open, 1);
    assert.equal(await post("/session?vcpu=-1&seconds=30"), 404);
    assert.equal(await post("/session?vcpu=1"), 404);
    assert.equal(await post("/session", "GET"), 404);
    const home = await fetch(`${endpoint.url}/`);
    assert.equal(await home.text(), "m: 1 sessions open\n");
    assert.equal(await post("/session?vcpu=1&seconds=0.01"), 201);
    while (endpoint.open > 1) await new Promise((go) => setTimeout(go, 5));
    assert.equal(live.size, 1);
  }
  assert.equal(live.size, 0);
});
