/**
 * What the place service said, kept from one run to the next: a file of its own in the state folder. Owns no state but
 * the folders; bounded by one small file. A damaged one counts as absent and is replaced.
 */
import { placeName } from "../policy/place_name.ts";
import { makeFolder, readBounded, replacePrivately } from "./private_file.ts";
import { objectIn, type SaidPlace, saidPlaceOf } from "./said_place.ts";

/** What came of asking the service. */
export interface AskedPlace {
  /** This machine's address on its own network then; anywhere else, the answer means nothing. */
  readonly localIp: string;
  /** Its last answer. */
  readonly found:
    | { readonly said: SaidPlace; readonly atMs: number }
    | undefined;
  /** That it gave none the last time; times are milliseconds since 1970. */
  readonly failed:
    | { readonly reason: string; readonly atMs: number }
    | undefined;
}

/** Name of the file in its folder. */
const FILE_NAME = "place.json";

/** The file, in the first of its folders that has it or takes it. */
export class PlaceCache {
  readonly #folders: readonly string[];

  /** The best place first. */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** What is kept; undefined when there is nothing that can be read and understood. */
  read(): AskedPlace | undefined {
    for (const folder of this.#folders) {
      const asked = askedPlaceIn(textOf(`${folder}/${FILE_NAME}`));
      if (asked !== undefined) return asked;
    }
    return undefined;
  }

  /** Keeps it; whether a folder took it. */
  write(asked: AskedPlace): boolean {
    const text = askedPlaceText(asked);
    return this.#folders.some((folder) => {
      try {
        makeFolder(folder);
        replacePrivately(folder, FILE_NAME, text);
        return true;
      } catch {
        return false;
      }
    });
  }
}

/** What the text of a file holds; undefined when nothing can be understood. */
export function askedPlaceIn(text: string): AskedPlace | undefined {
  const fields = objectIn(text);
  const localIp = fields?.["local_ip"];
  if (fields === undefined || typeof localIp !== "string") return undefined;
  const said = saidPlaceOf(fields);
  const foundAtMs = instantOf(fields["found_at"]);
  const failedAtMs = instantOf(fields["failed_at"]);
  return {
    localIp,
    found: said === undefined || foundAtMs === undefined
      ? undefined
      : { said, atMs: foundAtMs },
    failed: failedAtMs === undefined
      ? undefined
      : { reason: placeName(fields["failure"]), atMs: failedAtMs },
  };
}

/** The text of a file: fields named as in the service's answer, and times that people can read. */
export function askedPlaceText({ localIp, found, failed }: AskedPlace): string {
  const fields = {
    local_ip: localIp,
    ...(found !== undefined && {
      found_at: new Date(found.atMs).toISOString(),
      ip: found.said.publicIp,
      latitude: found.said.place.latitude,
      longitude: found.said.place.longitude,
      country_code: found.said.place.country,
      city: found.said.place.city,
    }),
    ...(failed !== undefined && {
      failed_at: new Date(failed.atMs).toISOString(),
      failure: failed.reason,
    }),
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}

function textOf(path: string): string {
  try {
    // Opening a pipe would keep the client until somebody writes to it.
    return Deno.statSync(path).isFile ? readBounded(path) : "";
  } catch {
    return "";
  }
}

function instantOf(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isFinite(ms) ? ms : undefined;
}
