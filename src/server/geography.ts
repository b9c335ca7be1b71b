/** Where callers are, as the configuration says. Owns the file of the GeoIP database and the timer that looks at it. */
import { configuredPlace } from "../config/place_keys.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import type { Place } from "../engine/backend.ts";
import { GeoLocator } from "../geo/geo_locator.ts";
import { every, within } from "../lifecycle.ts";
import type { Locator, Logger } from "../ports.ts";
import type { Applicable } from "../reload/in_force.ts";
import { CityFile } from "./city_file.ts";
import { UnusableFileError } from "./named_file.ts";

/** How often the file is looked at: a database is renewed twice a week, and whoever does it waits to see it. */
const LOOK_MS = 10_000;

/** How long a start and a reload wait for a file: 60 MB from a slow disk, but not a folder of a network that is away. */
const WAIT_MS_MAX = 10_000;

/** How long the end waits for a look, which ends between two pieces of the file. */
const END_MS_MAX = 500;

/** The part of a configuration that places come from. */
export type PlacesConfig = Pick<
  ServerConfig,
  | "geoipDbPath"
  | "geoipPrivateIsLocal"
  | "latitude"
  | "longitude"
  | "country"
  | "city"
>;

/** Finds places, until it is disposed of. */
export class Geography implements AsyncDisposable {
  readonly #locator = new GeoLocator();
  readonly #logger: Logger;
  readonly #timer: Disposable;
  readonly #waitMsMax: number;
  readonly #stop = new AbortController();
  #file: CityFile | undefined;
  #localPlace: Place | undefined;
  #look = Promise.resolve();
  #isLooking = false;

  private constructor(config: PlacesConfig, logger: Logger, waitMsMax: number) {
    this.#logger = logger;
    this.#waitMsMax = waitMsMax;
    this.#localPlace = localPlaceOf(config);
    this.#file = this.#fileOf(config);
    this.#timer = every(LOOK_MS, logger, () => void this.look());
  }

  /** Reads the database. One that can't be used, or not yet, is said to be so and taken when it can. */
  static async open(
    config: PlacesConfig,
    logger: Logger,
    waitMsMax = WAIT_MS_MAX,
  ): Promise<Geography> {
    const geography = new Geography(config, logger, waitMsMax);
    if (!await within(waitMsMax, geography.look())) {
      logger.warn(
        "The GeoIP database is not read yet: addresses have no place until it is",
        { path: config.geoipDbPath },
      );
    }
    geography.#use();
    return geography;
  }

  /** Knows where addresses are. */
  get locator(): Locator {
    return this.#locator;
  }

  /**
   * Reads the database of another configuration; what it answers puts it into force. Rejects with an
   * {@link UnusableFileError} for one that can't be used. Where it is the file so far, that is only looked at, as at any
   * other time.
   */
  async prepare(config: PlacesConfig): Promise<Applicable> {
    const isSame = config.geoipDbPath === (this.#file?.path ?? "");
    const next = isSame ? undefined : this.#fileOf(config);
    if (isSame) await within(this.#waitMsMax, this.look());
    else if (next !== undefined) await this.#read(next);
    return {
      apply: () => {
        if (!isSame) {
          this.#file = next;
          next?.announce();
        }
        this.#localPlace = localPlaceOf(config);
        this.#use();
      },
    };
  }

  /** Looks whether the file changed; does nothing while the look before it lasts. Never rejects. */
  look(): Promise<void> {
    if (!this.#isLooking) this.#look = this.#lookAtFile();
    return this.#look;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer[Symbol.dispose]();
    this.#stop.abort();
    await within(END_MS_MAX, this.#look);
  }

  async #read(file: CityFile): Promise<void> {
    const fault = (reason: string, cause?: unknown) =>
      new UnusableFileError(`geoip_db_path: ${reason}`, { cause });
    const isRead = await within(this.#waitMsMax, file.read()).catch((error) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw fault(reason, error);
    });
    if (isRead) return;
    throw fault(
      `Cannot read "${file.path}" within ${this.#waitMsMax / 1000} s`,
    );
  }

  async #lookAtFile(): Promise<void> {
    this.#isLooking = true;
    try {
      if (await this.#file?.look()) this.#use();
    } finally {
      this.#isLooking = false;
    }
  }

  #use(): void {
    const database = this.#file?.database;
    this.#locator.use({ database, localPlace: this.#localPlace });
  }

  #fileOf({ geoipDbPath }: PlacesConfig): CityFile | undefined {
    return geoipDbPath === ""
      ? undefined
      : new CityFile(geoipDbPath, this.#logger, this.#stop.signal);
  }
}

function localPlaceOf(config: PlacesConfig): Place | undefined {
  return config.geoipPrivateIsLocal ? configuredPlace(config) : undefined;
}
