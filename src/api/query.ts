/** Parameters of a query, checked like the fields of a body. */
import type { ApiRequest } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";

/** The query of a request. */
export function queryOf({ url }: ApiRequest): URLSearchParams {
  return new URL(url).searchParams;
}

/** A whole number from 1 to `max`; `fallback` when the parameter is absent or empty. */
export function wholeParameter(
  query: URLSearchParams,
  name: string,
  { max, fallback }: { readonly max: number; readonly fallback: number },
): number | Problem {
  const text = query.get(name) ?? "";
  if (text === "") return fallback;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
  return value >= 1 && value <= max
    ? value
    : invalidParameter(name, `must be a whole number from 1 to ${max}`);
}

/** The refusal of a parameter. */
export function invalidParameter(name: string, wanted: string): Problem {
  return problem("invalid_field", `Invalid parameter "${name}": ${wanted}`, {
    faults: [{ field: name, detail: wanted }],
  });
}
