/**
 * One look-up of where this machine is: a database first, then a service on the Internet. Owns no state; bounded by two
 * readings of the database and one question.
 */
import type { Place } from "../engine/backend.ts";
import type { InterfaceAddress } from "./local_address.ts";
import { answerAt, dueInMs } from "./place_age.ts";
import type { AskedPlace } from "./place_cache.ts";
import { askPlace, type PlaceAnswer } from "./place_service.ts";
import { isPublicIp } from "./public_ip.ts";
import type { SaidPlace } from "./said_place.ts";

/** When to look into a database again, milliseconds: they are renewed every few days. */
const DATABASE_MS = 6 * 86_400_000;
/** When to look again into one that can't be used, or that is all there is and knows nothing, milliseconds. */
const MISSED_MS = 3_600_000;

/** Where to look. */
export interface PlaceSources {
  /** Path of a database, or empty. */
  readonly databasePath: string;
  /** The place of an address in a database. Rejects with one sentence where that can't be used. */
  readonly placeIn: PlaceIn;
  /** URL of the service; undefined when none may be asked. */
  readonly serviceUrl: string | undefined;
  readonly interfaces: () => readonly InterfaceAddress[];
}

/** Finds an address in the database at a path. */
export type PlaceIn = (
  path: string,
  ip: string,
  signal: AbortSignal,
) => Promise<Place | undefined>;

/** What a look-up found. */
export interface Finding {
  readonly place: Place | undefined;
  /** As the Internet sees this machine; empty when unknown. */
  readonly publicIp: string;
  /** Where the place is from, or why there is none. */
  readonly because: string;
  /** What is wrong with the database; empty for nothing. */
  readonly fault: string;
  /** What the service was asked, as it should be kept. */
  readonly asked: AskedPlace;
  /** When to look again, milliseconds from now. */
  readonly nextMs: number;
}

/** Looks everywhere in turn; `asked` is what is kept of this network, `nowMs` is milliseconds since 1970. */
export async function lookUpPlace(
  sources: PlaceSources,
  asked: AskedPlace,
  nowMs: number,
  signal: AbortSignal,
): Promise<Finding> {
  const { databasePath, serviceUrl } = sources;
  const knownIp = ownPublicIp(sources.interfaces, asked.localIp) ||
    (answerAt(nowMs, asked)?.publicIp ?? "");
  const first = knownIp === ""
    ? undefined
    : await inDatabase(sources, knownIp, signal);
  if (first?.place !== undefined) {
    const { place } = first;
    const because = `from "${databasePath}"`;
    return {
      ...{ place, publicIp: knownIp, because, fault: "" },
      ...{ asked, nextMs: DATABASE_MS },
    };
  }
  const now = serviceUrl === undefined || dueInMs(asked, nowMs) > 0
    ? asked
    : askedNow(asked, await askPlace(serviceUrl, signal), nowMs);
  const answer = answerAt(nowMs, now);
  const publicIp = answer?.publicIp || knownIp;
  const last = first === undefined || publicIp !== knownIp
    ? await inDatabase(sources, publicIp, signal)
    : first;
  return {
    place: last.place ?? answer?.place,
    publicIp,
    because: last.place === undefined
      ? (answer === undefined && last.fault === ""
        ? missWord(databasePath, publicIp)
        : "") + serviceWord(serviceUrl, now, answer)
      : `from "${databasePath}"`,
    fault: last.fault,
    asked: now,
    nextMs: serviceUrl === undefined || last.fault !== ""
      ? MISSED_MS
      : dueInMs(now, nowMs),
  };
}

function askedNow(
  { localIp, found }: AskedPlace,
  answer: PlaceAnswer,
  atMs: number,
): AskedPlace {
  switch (answer.kind) {
    case "found":
      return { localIp, found: { said: answer.said, atMs }, failed: undefined };
    case "failed":
      return { localIp, found, failed: { reason: answer.reason, atMs } };
  }
}

/** Why a database that can be used is of no use here. */
function missWord(path: string, publicIp: string): string {
  if (path === "") return "";
  return publicIp === ""
    ? `no public address to look up in "${path}"; `
    : `${publicIp} is not in "${path}"; `;
}

function serviceWord(
  serviceUrl: string | undefined,
  { failed }: AskedPlace,
  answer: SaidPlace | undefined,
): string {
  if (serviceUrl === undefined) return "no service is asked";
  const { host } = new URL(serviceUrl);
  if (answer !== undefined) return `from ${host}`;
  return `${host}: ${failed?.reason}`;
}

interface Search {
  readonly place: Place | undefined;
  readonly fault: string;
}

const NOTHING: Search = { place: undefined, fault: "" };

/** Without an address too, so that a database that can't be used is noticed. */
async function inDatabase(
  { databasePath, placeIn }: PlaceSources,
  ip: string,
  signal: AbortSignal,
): Promise<Search> {
  if (databasePath === "") return NOTHING;
  try {
    return { place: await placeIn(databasePath, ip, signal), fault: "" };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { place: undefined, fault };
  }
}

/** A public address of this machine's own, best that on its way to the server, else IPv4; most machines have none. */
function ownPublicIp(
  interfaces: PlaceSources["interfaces"],
  localIp: string,
): string {
  if (isPublicIp(localIp)) return localIp;
  const all = addressesOf(interfaces)
    .filter(({ address }) => isPublicIp(address));
  const best = all.find(({ family }) => family === "IPv4") ?? all[0];
  return best?.address ?? "";
}

/** A machine that may not list its interfaces has none to speak of. */
function addressesOf(
  interfaces: PlaceSources["interfaces"],
): readonly InterfaceAddress[] {
  try {
    return interfaces();
  } catch {
    return [];
  }
}
