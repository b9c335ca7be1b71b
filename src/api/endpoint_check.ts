/**
 * Whether a backend may be where it says it is, as far as that is known when it registers: addresses at once, names by
 * what they stand for now. The edge asks again for each connection, so a name that can't be looked up refuses nobody.
 */
import { isIP } from "node:net";
import type { Registration } from "../engine/backend.ts";
import { grantOf } from "../engine/endpoint_grant.ts";
import type { EndpointAddress } from "../trust_ports.ts";
import type { ApiDeps } from "./api_deps.ts";
import { type Problem, problem } from "./problems.ts";

/** The refusal of a registration; undefined when each of its URLs may be used. */
export async function endpointRefusal(
  { endpointRule, lookup }: Pick<ApiDeps, "endpointRule" | "lookup">,
  registration: Registration,
): Promise<Problem | undefined> {
  if (endpointRule === undefined) return undefined;
  const grant = grantOf(registration);
  const { endpoint, endpoints } = registration;
  const urls = new Set([endpoint, ...endpoints.map(({ url }) => url)]);
  const refusals = await Promise.all([...urls].map(async (url) => {
    const place = placeOf(url);
    if (place === undefined) return undefined;
    const { host, port } = place;
    const ips = isIP(host) !== 0 ? [host] : await lookup?.(host) ?? [];
    const reasons = ips.map((ip) =>
      endpointRule.refusal({ host, ip, port }, grant)
    );
    // Of a name's addresses those are used that may be.
    return reasons.includes(undefined) ? undefined : reasons[0];
  }));
  const why = refusals.find((refusal) => refusal !== undefined);
  return why === undefined ? undefined : problem(
    "endpoint_not_allowed",
    `Endpoint not allowed: ${why}`,
  );
}

/** The host and port of a URL, in the spelling that connections use. */
function placeOf(url: string): Omit<EndpointAddress, "ip"> | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return undefined;
  const { hostname, port, protocol } = parsed;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  };
}
