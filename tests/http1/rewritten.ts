/** Writes down what was read of a head, as a proxy would that must say exactly the same again. */
import type { FieldText, RequestReading, ResponseReading } from "./readings.ts";

/** A request head that means the same. */
export function rewrittenRequest(reading: RequestReading): string {
  const options = reading.upgrade === undefined ? [] : ["upgrade"];
  return headOf(`${reading.method} ${reading.target} HTTP/1.${reading.minor}`, [
    ...reading.sent,
    ...restored(reading, options),
    ...reading.takesTrailers ? [["TE", "trailers"] as const] : [],
  ]);
}

/** A response head that means the same. */
export function rewrittenResponse(reading: ResponseReading): string {
  const options = reading.upgrade === undefined ? [] : ["upgrade"];
  return headOf(`HTTP/1.${reading.minor} ${reading.line}`, [
    ...reading.sent,
    ...restored(reading, options),
  ]);
}

/** What the codec keeps to itself, because each connection says it anew. */
function restored(
  reading: Pick<
    RequestReading,
    "minor" | "keepAlive" | "isChunked" | "upgrade"
  >,
  options: readonly string[],
): FieldText[] {
  const isDefault = reading.keepAlive === (reading.minor === 1);
  const all = isDefault
    ? options
    : [...options, reading.keepAlive ? "keep-alive" : "close"];
  const fields: FieldText[] = [];
  if (all.length > 0) fields.push(["Connection", all.join(", ")]);
  if (reading.isChunked) fields.push(["Transfer-Encoding", "chunked"]);
  if (reading.upgrade !== undefined) fields.push(["Upgrade", reading.upgrade]);
  return fields;
}

function headOf(first: string, fields: readonly FieldText[]): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${first}\r\n${lines.join("")}\r\n`;
}
