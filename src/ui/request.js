/** Calls of the server's API. They go to this server alone, with its cookie. */

/** What the server refused, in its own words. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} detail
   */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** A call that takes longer is given up, so that a button does not stay pressed. */
const TIMEOUT_MS = 15_000;

/**
 * The JSON of an answer; throws a {@link Refusal}.
 *
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {object} [body]
 * @param {number} [timeoutMs]
 * @returns {Promise<any>}
 */
export async function call(
  method,
  path,
  body,
  timeoutMs = TIMEOUT_MS,
) {
  const response = await answered(method, path, body, timeoutMs);
  const text = await response.text();
  const json = parsed(text);
  if (response.ok) return json ?? {};
  throw new Refusal(
    response.status,
    json?.code ?? "",
    json?.detail ?? `The server answered with status ${response.status}`,
  );
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object | undefined} body
 * @param {number} timeoutMs
 */
async function answered(method, path, body, timeoutMs) {
  try {
    return await fetch(path, {
      method,
      cache: "no-store",
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Refusal(0, "unreachable", "The server can't be reached");
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
