/** Requests and responses as tests write and read them. */
import assert from "node:assert/strict";
import type { EdgeWorld } from "./edge_world.ts";
import type { FarEnd } from "./far_end.ts";

/** A short answer whose connection can go on. */
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A request without body, or the head of one. */
export function head(line: string, ...fields: readonly string[]): string {
  return [`${line} HTTP/1.1`, "Host: a", ...fields, "\r\n"].join("\r\n");
}

/** A POST with a body of that type, of none when empty. */
export function post(
  target: string,
  body: string,
  type = "application/json",
  ...fields: readonly string[]
): string {
  const types = type === "" ? [] : [`Content-Type: ${type}`];
  const length = `Content-Length: ${body.length}`;
  return head(`POST ${target}`, ...types, length, ...fields) + body;
}

/** The values of all fields of that name, in order. */
export function valuesOf(message: string, name: string): string[] {
  const end = message.indexOf("\r\n\r\n");
  return message.slice(0, end).split("\r\n").slice(1).flatMap((line) => {
    const colon = line.indexOf(":");
    const isIt = line.slice(0, colon).toLowerCase() === name.toLowerCase();
    return isIt ? [line.slice(colon + 1).trim()] : [];
  });
}

/** The status of a response, or of each in a row of refusals and short answers. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) =>
    Number(code)
  );
}

/** A refusal as its caller reads it. */
export interface ReadProblem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly title: string;
  readonly type: string;
  readonly request_id: string;
  readonly tally?: Readonly<Record<string, number>>;
  readonly fleet_size?: number;
  readonly nearest?: Readonly<Record<string, unknown>>;
  readonly retry_after_ms?: number;
  readonly queue?: {
    readonly state: string;
    readonly depth: number;
    readonly waited_ms: number;
  };
}

/** The problem body of a response that is a refusal and nothing else. */
export function problemOf(response: string): ReadProblem {
  const end = response.indexOf("\r\n\r\n") + 4;
  assert.deepEqual(valuesOf(response, "Content-Type"), [
    "application/problem+json",
  ]);
  const body = response.slice(end);
  assert.deepEqual(valuesOf(response, "Content-Length"), [`${body.length}`]);
  const problem = JSON.parse(body) as ReadProblem;
  assert.equal(statusesOf(response)[0], problem.status);
  assert.deepEqual(valuesOf(response, "X-Request-ID"), [problem.request_id]);
  return problem;
}

/** The code of a refusal. */
export function codeOf(response: string): string {
  return problemOf(response).code;
}

/** What a backend gets of a request. */
export function forwarded(world: EdgeWorld, request: string): string {
  world.call(request);
  return world.origin.received;
}

/** What the caller gets of a response to a simple request. */
export function answered(
  world: EdgeWorld,
  response: string,
  request: string = head("GET /"),
): FarEnd {
  const caller = world.call(request);
  world.say(world.origin, response);
  return caller;
}
