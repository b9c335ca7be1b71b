/** A fleet that no number of asks fills. */

const BACKENDS = 100;
/** Together more than all asks that can come while room is held. */
const CORES = 8192;
const MEMORY_GB = 65_536;
const STORAGE_GB = 1_000_000;
const USED_PCT = 10;

/** Registers and reports every backend; again it is only newer news. */
export async function introduceFleet(url: string): Promise<void> {
  for (let index = 0; index < BACKENDS; index++) {
    const named = { client_id: `bench-${index}`, hostname: `bench-${index}` };
    await post(`${url}/register`, {
      ...named,
      local_ip: "127.0.0.1",
      latitude: 30 + index / 4,
      longitude: index / 4,
      total_cpu: CORES,
      total_memory_gb: MEMORY_GB,
      total_storage_gb: STORAGE_GB,
      endpoint_url: `http://127.0.0.1:${10_000 + index}`,
    });
    await post(`${url}/stats`, {
      ...named,
      timestamp: new Date().toISOString(),
      cpu_cores: CORES,
      cpu_usage_avg: Array.from({ length: CORES }, () => USED_PCT),
      memory_total_gb: MEMORY_GB,
      memory_used_gb: 0,
      memory_avail_gb: MEMORY_GB,
      disk_total_gb: STORAGE_GB,
      disk_used_gb: 0,
      disk_avail_gb: STORAGE_GB,
    });
  }
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`);
}
