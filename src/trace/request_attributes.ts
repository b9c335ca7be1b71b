/**
 * What spans say of a request, under the names of OpenTelemetry's conventions for HTTP
 * (https://opentelemetry.io/docs/specs/semconv/http/http-spans/). Queries are left out: they may hold secrets.
 */
import type { RequestRecord } from "../traffic_ports.ts";
import type { SpanAttributes } from "./decision_attributes.ts";

/** Management paths whose third segment is no id. */
const WITHOUT_IDS = /^\/_opsen\/config\//;

/**
 * The path of a request as a pattern, of which there are few: an API path with `:id`, or the configured prefix of a
 * proxied one. Undefined where there is none, as for a path that does not exist.
 */
export function routeOf(
  { kind, code }: Pick<RequestRecord, "kind" | "code">,
  path: string,
  prefixes: readonly string[],
): string | undefined {
  if (kind === "proxied") {
    return prefixes.map((prefix) => prefix === "*" ? "/" : prefix)
      .find((prefix) => path.startsWith(prefix.replace(/\*+$/, "")));
  }
  if (kind === "refused" || code === "unknown_path") return undefined;
  return WITHOUT_IDS.test(path)
    ? path
    : path.replace(/^(\/_opsen\/[^/]+\/)[^/]+/, "$1:id");
}

/** The path of a target, without its query. */
export function pathOf(target: string): string {
  return target.split("?", 1)[0] ?? "";
}

/** What the span of the whole request says. */
export function serverAttributes(
  record: RequestRecord,
  route: string | undefined,
): SpanAttributes {
  const attributes: SpanAttributes = {
    "http.request.method": record.method,
    "url.path": pathOf(record.target),
    "client.address": record.callerIp,
    "http.request.body.size": record.bytesIn,
    "http.response.body.size": record.bytesOut,
    "opsen.request_id": record.requestId,
    "opsen.kind": record.kind,
    "opsen.end": record.end,
  };
  if (route !== undefined) attributes["http.route"] = route;
  if (record.status > 0) {
    attributes["http.response.status_code"] = record.status;
  }
  if (record.tier !== undefined) attributes["opsen.tier"] = record.tier;
  if (record.backendId !== undefined) {
    attributes["opsen.backend"] = record.backendId;
  }
  if (record.code !== undefined) attributes["opsen.code"] = record.code;
  const error = errorOf(record);
  if (error !== undefined) attributes["error.type"] = error;
  return attributes;
}

/** What went wrong on our side; undefined for a request that a caller got wrong, or left. */
export function errorOf(
  { status, code, end }: Pick<RequestRecord, "status" | "code" | "end">,
): string | undefined {
  if (status >= 500) return code ?? String(status);
  return end === "cut_off" ? "cut_off" : undefined;
}

/** What the span of the backend's part says; `endpoint` is its URL. */
export function upstreamAttributes(
  record: RequestRecord,
  endpoint: string | undefined,
): SpanAttributes {
  const attributes: SpanAttributes = {
    "http.request.method": record.method,
    "opsen.attempts": record.attempts,
    "opsen.connection_reused": record.isReused,
  };
  if (record.backendId !== undefined) {
    attributes["opsen.backend"] = record.backendId;
  }
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  if (url !== null) {
    attributes["server.address"] = url.hostname;
    attributes["server.port"] = Number(
      url.port || (url.protocol === "https:" ? 443 : 80),
    );
  }
  if (record.answeredAt !== undefined) {
    attributes["http.response.status_code"] = record.status;
    if (record.connectedAt !== undefined) {
      attributes["opsen.first_byte_ms"] = record.answeredAt -
        record.connectedAt;
    }
  }
  return attributes;
}
