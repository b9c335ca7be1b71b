/**
 * Where this machine is, as far as anybody says: the operator, else what a look-up finds. Owns one look-up at a time,
 * which is in nobody's way; bounded by one a minute, and most answers count for a week.
 */
import type { ClientConfig } from "../config/client_keys.ts";
import { configuredPlace } from "../config/place_keys.ts";
import type { Place } from "../engine/backend.ts";
import type { Clock, Logger } from "../ports.ts";
import { hasAddress } from "./local_address.ts";
import { answerAt, dueInMs } from "./place_age.ts";
import type { AskedPlace, PlaceCache } from "./place_cache.ts";
import type { Finding, PlaceSources } from "./place_lookup.ts";

/** Least time between two look-ups, milliseconds: an address that comes and goes must not ask each time. */
const PAUSE_MS = 60_000;

/** What is known of a machine's place. */
export interface Whereabouts {
  /** Undefined when it is not known. */
  readonly place: Place | undefined;
  /** As the Internet sees the machine; empty when it is not known. */
  readonly publicIp: string;
}

/** What decides where this machine is. */
export interface OwnPlaceOptions {
  readonly config: Pick<
    ClientConfig,
    | "latitude"
    | "longitude"
    | "country"
    | "city"
    | "skipGeolocation"
    | "geoipDbPath"
  >;
  readonly cache: PlaceCache;
  readonly sources: Omit<PlaceSources, "databasePath">;
  /** Told when a look-up found something else than before. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const NOWHERE: Whereabouts = { place: undefined, publicIp: "" };

/** Knows where this machine is, or finds out. */
export class OwnPlace implements AsyncDisposable {
  readonly #options: OwnPlaceOptions;
  readonly #mayLookUp: boolean;
  readonly #stop = new AbortController();
  #known: Whereabouts;
  /** What is kept of the network that this machine is in; undefined until it is in one. */
  #asked: AskedPlace | undefined;
  #looking: Promise<void> | undefined;
  /** When to look up next, and the earliest time for it, by the monotonic clock. */
  #dueAt = -Infinity;
  #notBefore = -Infinity;
  #word = "";
  #fault = "";

  /** Says at once what the operator says. */
  constructor(options: OwnPlaceOptions) {
    this.#options = options;
    const { config, sources } = options;
    const place = configuredPlace(config);
    this.#known = { place, publicIp: "" };
    this.#mayLookUp = place === undefined && !config.skipGeolocation &&
      (config.geoipDbPath !== "" || sources.serviceUrl !== undefined);
    if (place !== undefined) this.#say(`${placeText(place)}, as configured`);
  }

  /** What is known at an address on the way to the server. What may be found out is on its way then. */
  at(localIp: string): Whereabouts {
    // Without an address there is no network to ask.
    if (!this.#mayLookUp || localIp === "" || this.#stop.signal.aborted) {
      return this.#known;
    }
    const asked = this.#isIn(this.#asked, localIp)
      ? this.#asked
      : this.#moveTo(localIp);
    this.#asked = asked;
    this.#lookUpIfDue(asked);
    return this.#known;
  }

  /** Whether a registration says something else than is known now. */
  isElsewhere({ place, publicIp }: Whereabouts): boolean {
    return publicIp !== this.#known.publicIp ||
      !isSamePlace(place, this.#known.place);
  }

  /** Ends a look-up that is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  /**
   * Whether the machine is still in a network: on the way to the server it may have another of its addresses, or none
   * that is certain while the server is away.
   */
  #isIn(asked: AskedPlace | undefined, localIp: string): asked is AskedPlace {
    return asked !== undefined && (asked.localIp === localIp ||
      hasAddress(asked.localIp, this.#options.sources.interfaces));
  }

  /** In another network nothing counts that was found in the last one. */
  #moveTo(localIp: string): AskedPlace {
    const { cache, config, clock, sources } = this.#options;
    const kept = cache.read();
    const asked = this.#isIn(kept, localIp)
      ? kept
      : { localIp, found: undefined, failed: undefined };
    this.#known = NOWHERE;
    this.#dueAt = -Infinity;
    // A database stands before what the service said, and takes a moment.
    if (config.geoipDbPath !== "" || sources.serviceUrl === undefined) {
      return asked;
    }
    const nowMs = clock.wallMs();
    const answer = answerAt(nowMs, asked);
    if (answer === undefined) return asked;
    this.#known = answer;
    this.#dueAt = clock.monotonicMs() + dueInMs(asked, nowMs);
    const { host } = new URL(sources.serviceUrl);
    this.#say(`${placeText(answer.place)}, from ${host}`);
    return asked;
  }

  #lookUpIfDue(asked: AskedPlace): void {
    const { clock, logger } = this.#options;
    const dueAt = Math.max(this.#dueAt, this.#notBefore);
    if (this.#looking !== undefined || clock.monotonicMs() < dueAt) return;
    this.#looking = this.#lookUp(asked)
      .catch((error) => logger.warn("Cannot look up the place", { error }))
      .finally(() => this.#looking = undefined);
  }

  async #lookUp(asked: AskedPlace): Promise<void> {
    const { cache, config, clock, sources, logger } = this.#options;
    const { signal } = this.#stop;
    this.#notBefore = clock.monotonicMs() + PAUSE_MS;
    // A machine that has an answer, as most have at most starts, can spare the code.
    const { lookUpPlace } = await import("./place_lookup.ts");
    const finding = await lookUpPlace(
      { ...sources, databasePath: config.geoipDbPath },
      asked,
      clock.wallMs(),
      signal,
    );
    if (signal.aborted) return;
    if (finding.asked !== asked && !cache.write(finding.asked)) {
      logger.debug("No folder keeps what the place service said");
    }
    // It may be in another network by now.
    if (asked === this.#asked) this.#take(finding);
  }

  #take(finding: Finding): void {
    const { clock, onChange, logger } = this.#options;
    const { place, publicIp, because, fault } = finding;
    this.#asked = finding.asked;
    this.#dueAt = clock.monotonicMs() + finding.nextMs;
    if (fault !== this.#fault && fault !== "") logger.warn(fault);
    this.#fault = fault;
    this.#say(
      place === undefined
        ? `unknown (${because}); "latitude" and "longitude" would tell it`
        : `${placeText(place)}, ${because}`,
    );
    const before = this.#known;
    this.#known = { place, publicIp };
    if (this.isElsewhere(before)) onChange();
  }

  #say(word: string): void {
    if (word === this.#word) return;
    this.#word = word;
    this.#options.logger.info(`Place: ${word}`);
  }
}

function isSamePlace(one: Place | undefined, other: Place | undefined) {
  return one?.latitude === other?.latitude &&
    one?.longitude === other?.longitude &&
    one?.country === other?.country && one?.city === other?.city;
}

function placeText({ latitude, longitude, country, city }: Place): string {
  const names = [city, country].filter((name) => name !== "");
  return names.length > 0 ? names.join(", ") : `${latitude}, ${longitude}`;
}
