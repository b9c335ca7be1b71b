/** What answers of a server that hands out databases mean. */
import { EXIT_CODE } from "./exit_code.ts";
import { GeoipFault } from "./geoip_fault.ts";
import { type GeoipSource, KEYS_URL } from "./geoip_source.ts";

/** Where a redirect leads; throws a {@link GeoipFault} when that is not as safe. */
export function redirectTarget({ headers }: Response, from: URL): URL {
  const url = URL.parse(headers.get("location") ?? "", from.href);
  const isSafe = url?.protocol === "https:" ||
    url?.protocol === "http:" && from.protocol === "http:";
  if (url === null || !isSafe) {
    throw new GeoipFault(
      `${from.host} redirects to something else than an https URL`,
      EXIT_CODE.unreachable,
    );
  }
  return url;
}

/** What an answer that is not good means, and what to do next. */
export function refusal(
  { status, headers }: Response,
  { host }: URL,
  { edition, authorization }: GeoipSource,
): GeoipFault {
  const { refused, unreachable } = EXIT_CODE;
  const fault = (words: string, exitCode: number = refused) =>
    new GeoipFault(`${host} answers ${status}: ${words}`, exitCode);
  switch (status) {
    case 401:
      return fault(
        authorization === undefined
          ? `the licence key is wrong, or it needs its account ID (--account-id); keys are free at ${KEYS_URL}`
          : `the licence key is wrong, or not one of this account ID; keys are free at ${KEYS_URL}`,
      );
    case 403:
      return fault(
        `this licence key may not download ${edition}: it may lack GeoLite, or its terms wait to be accepted at maxmind.com; keys are free at ${KEYS_URL}`,
      );
    case 404:
      return fault(
        `there is no edition ${edition}; the free one of cities is GeoLite2-City`,
      );
    case 429: {
      const seconds = headers.get("retry-after") ?? "";
      const when = /^\d{1,6}$/.test(seconds) ? `in ${seconds} s` : "tomorrow";
      return fault(
        `this account has no more downloads for today; try again ${when}, and use --if-newer`,
      );
    }
  }
  return status >= 500
    ? fault("it has trouble of its own; try again later", unreachable)
    : fault("wanted 200; is this the right --url?", unreachable);
}
