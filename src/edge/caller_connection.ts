/**
 * What a connection from a caller consists of, whatever it is doing: its socket and how fast that is, what is held of
 * it, and the rules it goes by. Owner: the caller, which adds what it is doing.
 */
import { BodyReader } from "../http1/body_reader.ts";
import type { CallerLines } from "./caller_lines.ts";
import type { Peer, Socket } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { EdgeRules } from "./edge_rules.ts";
import { Guest } from "./guest.ts";
import { HeldBytes } from "./held_bytes.ts";
import { Output } from "./output.ts";
import { type Standing, standingOf } from "./standing.ts";

/** Where callers come in. */
export interface CallerEntrance {
  readonly scheme: "http" | "https";
  /** Whether it leads to the management paths alone. */
  readonly isAdmin: boolean;
}

/** A connection, and what came of it. */
export class CallerConnection {
  readonly peer: Peer;
  readonly lines: CallerLines;
  /** Whether it came to an address of the management paths alone. */
  readonly isAdmin: boolean;
  /** Whether the caller speaks TLS. */
  readonly isTls: boolean;
  readonly output: Output;
  /** The head of the present request and what came after it, or what has come of the next. */
  readonly held: HeldBytes;
  /** The body of the present request. */
  readonly body: BodyReader;
  /** Who sends the present request. */
  readonly guest: Guest;
  /** When the present state has lasted too long, monotonic milliseconds. */
  deadline = Infinity;
  /** When the caller has taken nothing for too long. */
  protected stallDeadline = Infinity;
  protected readonly parts: EdgeParts;
  protected readonly socket: Socket;
  #rules: EdgeRules;
  #standing: Standing;
  #isTrusted = false;
  #isPaused = false;

  /** A connection that has just been accepted. */
  constructor(
    socket: Socket,
    peer: Peer,
    entrance: CallerEntrance,
    parts: EdgeParts,
  ) {
    this.socket = socket;
    this.peer = peer;
    this.parts = parts;
    this.lines = parts.knownCallers.get(peer.ip, entrance.scheme);
    this.isAdmin = entrance.isAdmin;
    this.isTls = entrance.scheme === "https";
    this.output = new Output(socket, parts.writer);
    this.held = new HeldBytes(parts.pool);
    this.#rules = parts.rules;
    this.#standing = this.#adopt(parts.rules);
    this.guest = new Guest(this.#standing);
    this.body = new BodyReader(this.#rules.names, parts.trailerFields);
  }

  /** What the present request goes by. */
  get rules(): EdgeRules {
    return this.#rules;
  }

  /** Whether the peer's word about other callers is believed. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** What the peer may do. */
  get standing(): Standing {
    return this.#standing;
  }

  /** Goes by the newest rules: a request begins. */
  protected refreshRules(): void {
    const { rules } = this.parts;
    if (this.#rules !== rules) this.#standing = this.#adopt(rules);
  }

  /** Keeps bytes that came too early, and reads no further. */
  hold(bytes: Uint8Array, start: number, end: number, watch: boolean): void {
    if (start < end) this.held.append(bytes, start, end);
    this.pause(watch);
  }

  /** Reads no further; with `watch` the caller's end is still noticed. */
  pause(watch: boolean): void {
    this.#isPaused = true;
    this.socket.pause(watch);
  }

  /** Reads on. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.socket.resume();
  }

  /** Sends what was put together; false when the caller takes no more for now. */
  flush(now: number): boolean {
    this.output.flush();
    if (!this.output.isBlocked) return true;
    if (this.stallDeadline === Infinity) this.expectRoom(now);
    return false;
  }

  /** The caller is to take something by then. */
  protected expectRoom(now: number): void {
    this.stallDeadline = now + this.#rules.settings.writeStallMs;
  }

  #adopt(rules: EdgeRules): Standing {
    const { trusted } = rules;
    const { ip } = this.peer;
    this.#rules = rules;
    this.#isTrusted = !trusted.isEmpty && trusted.includes(ip);
    return standingOf(ip, rules);
  }
}
