/**
 * The only way to another configuration: whoever wants one asks here. It is read, loaded and checked whole, prepared, and
 * put into force in one synchronous call; or it is refused, and nothing has changed.
 */
import type { ServerConfig } from "../config/server_keys.ts";
import type { Clock, EventSink, Logger } from "../ports.ts";
import type {
  ConfigControl,
  ConfigInForce,
  ReloadCause,
  ReloadOutcome,
  UnknownVersion,
} from "../wire/reload_outcome.ts";
import {
  type Candidate,
  type Details,
  outcomeOf,
  type Tried,
} from "./candidate.ts";
import {
  firstSnapshot,
  InForce,
  type InForceParts,
  type Prepare,
} from "./in_force.ts";
import type { KeptVersion } from "./kept_version.ts";
import {
  isHeldBack,
  type Pin,
  type SourceHashes,
  sourceHashes,
} from "./pin.ts";
import { ReloadReport } from "./reload_report.ts";
import { type ReloadAsk, SharedTurns } from "./shared_turns.ts";
import type { StartChoice } from "./start.ts";

/** What a reloader is built from. */
export interface ReloaderParts {
  /** What the server was started with. */
  readonly start: StartChoice;
  readonly prepare: Prepare;
  /** As {@link InForceParts.fileHashes}. */
  readonly fileHashes?: InForceParts["fileHashes"];
  /** Told what came of each look that found something new or was asked for; absent where nobody keeps a trail. */
  readonly onOutcome?: (outcome: ReloadOutcome) => void;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly logger: Logger;
}

const ROLLED_BACK =
  "What the sources hold was rolled back and is not loaded until it changes; opsen reload --force loads it as it is";

/** Changes the configuration of a running server. */
export class Reloader implements ConfigControl, Disposable {
  readonly #start: StartChoice;
  readonly #clock: Clock;
  readonly #report: ReloadReport;
  readonly #inForce: InForce;
  readonly #turns = new SharedTurns((ask) =>
    this.#safely(ask.cause, () => this.#reload(ask))
  );

  /** What the sources held at the last look. */
  #seen: SourceHashes;

  private constructor(
    parts: ReloaderParts,
    inForce: InForce,
    seen: SourceHashes,
  ) {
    const { start, clock } = parts;
    this.#start = start;
    this.#clock = clock;
    this.#inForce = inForce;
    this.#report = new ReloadReport({ ...parts, versions: start.versions });
    this.#seen = seen;
  }

  /** The reloader of a server that starts. Its version is that of the last run, unless its documents are others. */
  static async start(parts: ReloaderParts): Promise<Reloader> {
    const { start, clock } = parts;
    const first = await firstSnapshot(start, clock);
    const inForce = new InForce({ ...start, ...parts }, first);
    const { pin } = start.versions;
    const isPinned = pin?.version === first.version;
    const seen = isPinned ? pin.from : await sourceHashes(first.documents);
    const reloader = new Reloader(parts, inForce, seen);
    if (!isPinned) await reloader.#pin(undefined);
    if (start.versions.newest?.version !== first.version) {
      const cause = "start";
      const outcome = reloader.#outcome("applied", { ...first, cause });
      await reloader.#keep(outcome);
      await reloader.#report.note(outcome);
    }
    return reloader;
  }

  /** The configuration in force. */
  get config(): ServerConfig {
    return this.#inForce.snapshot.config;
  }

  get refusedCount(): number {
    return this.#report.refusedCount;
  }

  get pendingProblems(): readonly string[] {
    return this.#report.pending;
  }

  current(): ConfigInForce {
    const { version, hash, appliedAtMs } = this.#inForce.snapshot;
    return { version, hash, appliedAtMs };
  }

  history(): readonly ReloadOutcome[] {
    return this.#start.versions.history;
  }

  versions(): readonly number[] {
    return this.#start.versions.versions.map(({ version }) => version);
  }

  /** Looks at the sources; with `isForced` they are loaded also when there is nothing new. Never rejects. */
  reload(cause: ReloadCause, isForced = false): Promise<ReloadOutcome> {
    return this.#turns.reload(cause, isForced);
  }

  /**
   * Brings a version back, without a number the last one with other documents than those in force. The sources are not
   * loaded again until their content changes, or somebody forces it. Never rejects.
   */
  rollback(version?: number): Promise<ReloadOutcome | UnknownVersion> {
    return this.#turns.take(async () => {
      const target = version === undefined
        ? this.#versionBefore()
        : this.#start.versions.find(version);
      return target === undefined
        ? { kind: "unknown_version", kept: this.versions() }
        : await this.#safely("rollback", () => this.#rollBack(target));
    });
  }

  /** From now on nothing comes into force any more. */
  [Symbol.dispose](): void {
    this.#inForce[Symbol.dispose]();
  }

  async #reload({ cause, look, isForced }: ReloadAsk): Promise<ReloadOutcome> {
    const { documentSources, versions, url } = this.#start;
    const read = await documentSources.read(look);
    const { documents, notes, problems } = read;
    const hashes = await sourceHashes(documents);
    const found = { cause, documents, hash: hashes.hash, notes };
    if (problems.length > 0) return await this.#refuse(found, problems);
    const pin = isForced ? undefined : versions.pin;
    const isPinned = pin !== undefined && isHeldBack(pin, hashes, read);
    this.#seen = isPinned ? pin.from : hashes;
    const candidate = isPinned ? this.#instead(found) : found;
    this.#report.tell(candidate.notes);
    if (!isForced && await this.#inForce.isCurrent(candidate.hash)) {
      if (!isPinned) await this.#pin(undefined);
      const outcome = this.#outcome("unchanged", candidate);
      this.#report.unchanged(outcome);
      return outcome;
    }
    const outcome = await this.#take(candidate, isForced);
    if (outcome.kind !== "applied") return outcome;
    if (!isPinned && documents.overlay !== undefined) {
      url.confirm(documents.overlay);
    }
    await this.#pin(
      isPinned ? { ...pin, version: outcome.version } : undefined,
    );
    return outcome;
  }

  /** What is in force instead of what was rolled back; a certificate of it that was renewed is loaded all the same. */
  #instead(found: Candidate): Candidate {
    const { documents, hash, version } = this.#inForce.snapshot;
    const rolledBackTo = this.#start.versions.find(version)?.rolledBackTo;
    const notes = [...found.notes, ROLLED_BACK];
    return { ...found, documents, hash, rolledBackTo, notes };
  }

  async #rollBack(target: KeptVersion): Promise<ReloadOutcome> {
    const from = this.#seen;
    const { documents, hash, version: rolledBackTo } = target;
    const cause = "rollback";
    const outcome = await this.#take(
      { cause, documents, hash, rolledBackTo, notes: [] },
      true,
    );
    if (outcome.kind !== "applied") return outcome;
    const { version } = outcome;
    await this.#pin(hash === from.hash ? undefined : { from, version });
    return outcome;
  }

  /** The newest kept version with other documents, before the one in which those in force came from their sources. */
  #versionBefore(): KeptVersion | undefined {
    const { versions } = this.#start.versions;
    const { version, hash } = this.#inForce.snapshot;
    const origin = this.#start.versions.find(version)?.rolledBackTo ?? version;
    return versions.findLast((kept) =>
      kept.version < origin && kept.hash !== hash
    );
  }

  async #take(
    candidate: Candidate,
    isMeant: boolean,
  ): Promise<ReloadOutcome> {
    const { documents, hash } = candidate;
    // A file that is empty while somebody writes it is no wish to let everybody in.
    const taken = await this.#inForce.take(documents, hash, isMeant);
    if (taken.kind === "refused") {
      return await this.#refuse(candidate, taken.problems);
    }
    const { changed, waiting } = taken;
    const needsRestart = waiting.map(({ path }) => path);
    const details = { changed, needsRestart };
    const outcome = this.#outcome("applied", candidate, details);
    await this.#keep(outcome);
    await this.#report.applied(outcome, taken);
    return outcome;
  }

  async #refuse(
    candidate: Candidate,
    problems: readonly string[],
  ): Promise<ReloadOutcome> {
    const outcome = this.#outcome("refused", candidate, { problems });
    await this.#report.refused(outcome);
    return outcome;
  }

  /** What nobody expected becomes an outcome too: whoever asks can go on. */
  async #safely(
    cause: ReloadCause,
    work: () => Promise<ReloadOutcome>,
  ): Promise<ReloadOutcome> {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const problems = [`Cannot apply the configuration: ${reason}`];
      const { hash } = this.#inForce.snapshot;
      const outcome = this.#outcome("failed", { cause, hash }, { problems });
      await this.#report.failed(outcome, error);
      return outcome;
    }
  }

  async #pin(pin: Pin | undefined): Promise<void> {
    await this.#report.stored(this.#start.versions.setPin(pin));
  }

  async #keep(outcome: ReloadOutcome): Promise<void> {
    const { documents } = this.#inForce.snapshot;
    await this.#report.stored(
      this.#start.versions.keep({ ...outcome, documents }),
    );
  }

  #outcome(
    kind: ReloadOutcome["kind"],
    candidate: Tried,
    details: Details = {},
  ): ReloadOutcome {
    const { version } = this.#inForce.snapshot;
    const now = { version, atMs: this.#clock.wallMs() };
    return outcomeOf(kind, candidate, { ...now, ...details });
  }
}
