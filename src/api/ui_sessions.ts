/**
 * Who is signed in to the dashboard: a session stands for the key that it was begun with, and the key is looked up again
 * with every request. Owner of the sessions, bounded by {@link SESSIONS_MAX} and {@link SESSIONS_PER_KEY_MAX}; a restart
 * ends them all. A session's id is as good as its key, so only its hash is kept.
 */
import { randomBytes } from "node:crypto";
import { keyHash } from "../wire/key_text.ts";

/** Browsers at once, many for every operator; of more, the session that was used least recently gives way. */
export const SESSIONS_MAX = 1000;

/** Browsers of one key: whoever may only read must not sign everybody else out by signing in again and again. */
export const SESSIONS_PER_KEY_MAX = 100;

/** A day's work: whoever has left a browser open is asked again. */
export const SESSION_LIFE_MS = 12 * 60 * 60_000;

/** A browser that nobody uses is forgotten; a page that is open uses its session every second. */
export const SESSION_IDLE_MS = 60 * 60_000;

/** Nobody guesses 256 bits. */
const ID_BYTES = 32;

/** One session. */
interface UiSession {
  readonly key: string;
  /** `Host` of the request that began it. */
  readonly host: string;
  readonly endsAt: number;
  usedAt: number;
}

/** The sessions of one server. Instants are monotonic milliseconds. */
export class UiSessions {
  /** By the hashes of their ids, least recently used first. */
  readonly #sessions = new Map<string, UiSession>();

  /** Begins a session and answers its id, which nobody can be told a second time. */
  begin(key: string, host: string, now: number): string {
    const id = randomBytes(ID_BYTES).toString("base64url");
    this.#makeRoom(key, now);
    this.#sessions.set(keyHash(id), {
      key,
      host,
      endsAt: now + SESSION_LIFE_MS,
      usedAt: now,
    });
    return id;
  }

  /**
   * The key that a session stands for; undefined when there is none. It counts where it was begun alone: browsers show a
   * cookie to every port of a host.
   */
  keyOf(id: string, host: string, now: number): string | undefined {
    const hash = keyHash(id);
    const session = this.#sessions.get(hash);
    if (session === undefined || session.host !== host) return undefined;
    this.#sessions.delete(hash);
    if (isOver(session, now)) return undefined;
    session.usedAt = now;
    this.#sessions.set(hash, session);
    return session.key;
  }

  /** Ends a session, if there is one. */
  end(id: string): void {
    this.#sessions.delete(keyHash(id));
  }

  #makeRoom(key: string, now: number): void {
    let ofKey = 0;
    for (const [hash, session] of this.#sessions) {
      if (isOver(session, now)) this.#sessions.delete(hash);
      else if (session.key === key) ofKey++;
    }
    const isKeyFull = ofKey >= SESSIONS_PER_KEY_MAX;
    if (!isKeyFull && this.#sessions.size < SESSIONS_MAX) return;
    for (const [hash, session] of this.#sessions) {
      if (isKeyFull && session.key !== key) continue;
      this.#sessions.delete(hash);
      return;
    }
  }
}

function isOver({ endsAt, usedAt }: UiSession, now: number): boolean {
  return now >= endsAt || now - usedAt >= SESSION_IDLE_MS;
}
