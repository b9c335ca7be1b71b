import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { copyGoDatabase } from "../store/go_database.ts";
import type { Machine } from "./machine_messages.ts";
import { ServerHome } from "./server_home.ts";

/** As the machines of the database were registered. */
const SIZE: Machine = { cores: 16, memoryGb: 64 };

Deno.test("a database of the Go server gives its backends and its sessions, and stays readable by its queries", async () => {
  await using home = new ServerHome();
  copyGoDatabase(home.databasePath);
  let davesId: string;
  {
    await using server = await home.start("sticky_header: X-Session-ID\n");
    const clients = [...(await server.clients()).values()];
    assert.deepEqual(
      clients.map((view) => [view.client_id, view.hostname, view.endpoint]),
      [
        ["backend-1", "host-1", "http://10.0.0.1:8000"],
        ["backend-2", "host-2", "http://10.0.0.2:8000"],
        ["backend-3", "host-3", "http://10.0.0.3:8000"],
      ],
    );
    assert.deepEqual(clients.map(({ location: { city } }) => city), [
      "City 1",
      "City 2",
      "City 3",
    ]);

    await server.report("backend-1", SIZE);
    await server.report("backend-2", SIZE);
    await server.report("backend-3", { ...SIZE, busyPct: 60 });
    for (const session of ["alice", "bob", "carol"]) {
      const headers = { "x-session-id": session };
      const { client_id: id } = await server.place("medium", headers);
      assert.equal(id, "backend-3", session);
    }
    const dave = await server.place("medium", { "x-session-id": "dave" });
    // Both are idle, and the third is busy.
    assert.match(dave.client_id, /^backend-[12]$/);
    davesId = dave.client_id;
    await server.join("backend-4");
    assert.equal((await server.process.stop()).code, 0);
  }

  using database = new DatabaseSync(home.databasePath);
  const rows = (sql: string) => database.prepare(sql).all();
  assert.deepEqual(
    rows(`SELECT client_id, hostname, public_ip, local_ip, latitude, longitude,
      country, city, total_cpu, total_memory, total_storage, total_gpus,
      CAST(gpu_models AS TEXT) AS gpu_models, endpoint, created_at
      FROM clients WHERE client_id = 'backend-2'`).map((row) => ({ ...row })),
    [{
      client_id: "backend-2",
      hostname: "host-2",
      public_ip: "203.0.113.2",
      local_ip: "10.0.0.2",
      latitude: 32.5,
      longitude: -72.25,
      country: "US",
      city: "City 2",
      total_cpu: 16,
      total_memory: 64,
      total_storage: 500,
      total_gpus: 1,
      gpu_models: '["NVIDIA L4"]',
      endpoint: "http://10.0.0.2:8000",
      created_at: "2026-11-20 16:53:48",
    }],
  );
  assert.deepEqual(
    rows("SELECT sticky_id, client_id FROM sticky_assignments ORDER BY 1").map(
      (row) => Object.values(row),
    ),
    [
      ["alice", "backend-3"],
      ["bob", "backend-3"],
      ["carol", "backend-3"],
      ["dave", davesId],
    ],
  );
  const newest = rows(`SELECT client_id, timestamp, cpu_cores, cpu_usage_json,
    memory_avail, disk_avail, gpu_stats_json FROM stats ORDER BY id DESC`)[0];
  assert.equal(newest?.client_id, "backend-4");
  assert.match(
    String(newest.timestamp),
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00:00$/,
  );
  assert.deepEqual(
    JSON.parse(text(newest.cpu_usage_json)),
    new Array(16).fill(0),
  );
  assert.deepEqual([newest.cpu_cores, newest.memory_avail], [16, 64]);

  const before = rows("SELECT id FROM stats").length;
  database.exec(
    "UPDATE stats SET timestamp = '2020-01-01 00:00:00' WHERE client_id = 'backend-1'",
  );
  const { changes } = database.prepare(
    "DELETE FROM stats WHERE timestamp < datetime('now','-7 days')",
  ).run();
  assert.ok(Number(changes) >= 3 && Number(changes) < before);
  assert.ok(
    rows("SELECT id FROM stats WHERE client_id = 'backend-4'").length > 0,
  );
});

/** Go wrote JSON columns as BLOBs, which every reader takes for text. */
function text(value: unknown): string {
  return value instanceof Uint8Array
    ? new TextDecoder().decode(value)
    : String(value);
}
