/** Backends for a server under load: registered, with a report, and so large that no request finds them full. */

/** More than all requests in flight, each of which holds one core of the default tier. */
const CORES = 1024;
const MEMORY_GB = 16_384;
const STORAGE_GB = 100_000;
const USED_PCT = 10;

/** Registers one backend per port and reports an almost idle machine; again it is only a newer report. */
export async function introduceBackends(
  url: string,
  ports: readonly number[],
): Promise<void> {
  for (const [index, port] of ports.entries()) {
    const named = { client_id: `bench-${index}`, hostname: `bench-${index}` };
    await post(`${url}/register`, {
      ...named,
      local_ip: "127.0.0.1",
      total_cpu: CORES,
      total_memory_gb: MEMORY_GB,
      total_storage_gb: STORAGE_GB,
      endpoint_url: `http://127.0.0.1:${port}`,
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
