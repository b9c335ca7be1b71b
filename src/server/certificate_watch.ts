/**
 * Looks after the files of certificates while a server runs: takes over what changed, keeps what was there of a pair that
 * can't be used, warns before one ends. Owns what it saw last; bounded by the certificates of the configuration.
 */
import type { ServerConfig } from "../config/server_keys.ts";
import type { Clock, EventSink, Logger } from "../ports.ts";
import {
  type CertificateSource,
  certificateSources,
  type ReadCertificate,
  readCertificate,
} from "./certificate_files.ts";
import { markOf } from "../reload/file_watch.ts";
import { CertificateEnds } from "./certificate_ends.ts";
import { type Certificates, certificatesOf } from "./certificates.ts";

/** How often {@link CertificateWatch.look} is to be called: a renewal is days early, an emergency a matter of seconds. */
export const CERTIFICATE_LOOK_MS = 10_000;

/** What it is built from. */
export interface CertificateWatchParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly events: EventSink;
  /** Puts certificates into force; throws, and changes nothing, when that can't be. */
  readonly use: (certificates: Certificates) => void;
}

/** What is known of a source's files. */
interface Seen {
  /** Their marks when they were read and found usable. */
  readonly good: string | undefined;
  /** Their marks when somebody was told that they are not. */
  readonly told: string | undefined;
}

const UNSEEN: Seen = { good: undefined, told: undefined };

/** Watches. */
export class CertificateWatch {
  readonly #parts: CertificateWatchParts;
  readonly #ends: CertificateEnds;
  #config: ServerConfig;
  #certificates: Certificates;
  /** By the key of the certificate. */
  #seen = new Map<string, Seen>();
  #isLooking = false;

  /** These are in force already. */
  constructor(
    config: ServerConfig,
    certificates: Certificates,
    parts: CertificateWatchParts,
  ) {
    this.#parts = parts;
    this.#config = config;
    this.#certificates = certificates;
    this.#ends = new CertificateEnds(parts);
    this.#warn(certificates);
  }

  /** SHA-256 of the files as they are in force, in hexadecimal digits, by the key that names them. */
  get hashes(): ReadonlyMap<string, string> {
    const { read } = this.#certificates;
    return new Map([...read.values()].flatMap(({ hashes }) => [...hashes]));
  }

  /** When those in force end, wall-clock milliseconds, by the key that names the file. */
  get ends(): ReadonlyMap<string, number> {
    const { read } = this.#certificates;
    return new Map(
      Array.from(
        read.values(),
        ({ source, end }) => [source.cert.key, end.notAfterMs] as const,
      ),
    );
  }

  /** Another configuration came into force with these certificates. */
  follow(config: ServerConfig, certificates: Certificates): void {
    this.#config = config;
    this.#certificates = certificates;
    this.#seen = new Map();
    this.#warn(certificates);
  }

  /** Looks at the files; does nothing while the look before it lasts. Never rejects. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#look();
      this.#ends.look(this.#certificates.read.values());
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(): Promise<void> {
    const config = this.#config;
    const before = this.#certificates;
    const seen = new Map<string, Seen>();
    const all: ReadCertificate[] = [];
    const changed: string[] = [];
    for (const source of certificateSources(config)) {
      const { key } = source.cert;
      const mark = await markOf(pathsOf(source));
      const known = this.#seen.get(key) ?? UNSEEN;
      const held = before.read.get(key);
      const found = known.good === mark && held !== undefined
        ? held
        : await this.#readAgain(source, mark, known, seen);
      // Without what it was there would be a server that shows less than before.
      const one = found ?? held;
      if (one === undefined) return;
      if (found !== undefined) seen.set(key, { good: mark, told: undefined });
      if (!isSame(one, held)) changed.push(...one.hashes.keys());
      all.push(one);
    }
    // A configuration that came into force meanwhile read its files itself.
    if (config !== this.#config) return;
    if (
      changed.length > 0 && !this.#use(certificatesOf(config, all), changed)
    ) {
      return;
    }
    this.#seen = seen;
  }

  /** What the files hold; undefined, and said once for each change, where that can't be used. */
  async #readAgain(
    source: CertificateSource,
    mark: string,
    known: Seen,
    seen: Map<string, Seen>,
  ): Promise<ReadCertificate | undefined> {
    try {
      return await readCertificate(source);
    } catch (error) {
      seen.set(source.cert.key, { good: undefined, told: mark });
      // Where the configuration is watched, whoever loads it again says so.
      if (known.told !== mark && !this.#config.watchConfig) {
        const problem = error instanceof Error ? error.message : String(error);
        this.#parts.logger.error(
          "A certificate that changed can't be used, the old one is kept",
          { problem },
        );
      }
      return undefined;
    }
  }

  #use(certificates: Certificates, keys: readonly string[]): boolean {
    const { logger, use } = this.#parts;
    try {
      use(certificates);
    } catch (error) {
      logger.error("Certificates that changed can't be used", {
        changed: keys,
        error,
      });
      return false;
    }
    this.#certificates = certificates;
    logger.info("Certificates changed and are in use", { changed: keys });
    this.#warn(certificates);
    return true;
  }

  #warn({ read }: Certificates): void {
    const { logger } = this.#parts;
    for (const { source: { cert }, uncovered } of read.values()) {
      if (uncovered.length === 0) continue;
      logger.warn(
        "A certificate is not for all of its hosts: callers will refuse it for these",
        { namedBy: cert.key, file: cert.path, hosts: uncovered },
      );
    }
    this.#ends.look(read.values());
  }
}

function isSame(
  one: ReadCertificate,
  other: ReadCertificate | undefined,
): boolean {
  return one.cert === other?.cert && one.key === other.key;
}

function pathsOf({ cert, key }: CertificateSource): readonly string[] {
  return key === undefined ? [cert.path] : [cert.path, key.path];
}
