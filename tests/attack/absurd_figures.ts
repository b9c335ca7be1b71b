/** What no registration may say. */

/** Figures that no machine has. */
export const ABSURD: readonly (readonly [field: string, json: string])[] = [
  ...["NaN", "Infinity", "-1", "1e999", "1e308", '"4"', "{}", "[]"]
    .map((json) => ["total_cpu", json] as const),
  ...["-1", "1e300", "NaN"].map((json) => ["total_memory_gb", json] as const),
  ...["91", "-91", "1e9", "NaN"].map((json) => ["latitude", json] as const),
  ...["181", "-181"].map((json) => ["longitude", json] as const),
  ["client_id", '""'],
  ["client_id", '".."'],
  ["client_id", '"a/b"'],
  ["client_id", '"a b"'],
  ["client_id", '"é"'],
  ["client_id", `"${"a".repeat(129)}"`],
  ["client_id", '"a\\u0000b"'],
  ["client_id", "7"],
  ["hostname", `"${"h".repeat(10_000)}"`],
  ["hostname", '"a\\nb"'],
  ["city", '"\\u001b[2J"'],
  ["local_ip", '"999.1.1.1"'],
  ["endpoint_url", '"file:///etc/passwd"'],
  ["endpoint_url", '"javascript:alert(1)"'],
  ["endpoint_url", '"http://user:pass@10.0.0.1/"'],
];
