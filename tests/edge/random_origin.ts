/** An origin that answers by chance and remembers what it saw; it reads with the oracle, not with the codec. */
import type { Chance } from "../fuzz/chance.ts";
import {
  oracleBody,
  type OracleRequest,
  oracleRequest,
} from "../fuzz/oracle.ts";
import type { FarEnd } from "./far_end.ts";
import { randomResponse, type SentResponse } from "./random_messages.ts";

/** One request as an origin saw it. */
export interface Seen {
  readonly id: number;
  readonly method: string;
  readonly body: string;
  /** Whether all of the body came. */
  isWhole: boolean;
  /** Whether the connection had served another request before. */
  readonly isOnUsed: boolean;
}

/** One connection at an origin. */
export class RandomOrigin {
  readonly far: FarEnd;
  /** What came after a change of protocol. */
  tunnelled = "";
  readonly #chance: Chance;
  readonly #seen: Seen[];
  readonly #outbox: SentResponse[] = [];
  #at = 0;
  #sentOfFirst = 0;
  #served = 0;
  #isAnswered = false;
  #isTunnel = false;

  /** Notes each request once its head is there. */
  constructor(far: FarEnd, seen: Seen[], chance: Chance) {
    this.far = far;
    this.#seen = seen;
    this.#chance = chance;
    far.onReceived = () => this.#read();
  }

  /** Whether it has something to say. */
  get isBusy(): boolean {
    return this.#outbox.length > 0 && !this.far.isEnded && !this.far.isReset;
  }

  /** Says some of what it has to say. */
  act(): void {
    const response = this.#outbox[0];
    if (response === undefined) return;
    const left = response.text.length - this.#sentOfFirst;
    const count = this.#chance.below(3) === 0
      ? left
      : this.#chance.below(left + 1);
    const from = this.#sentOfFirst;
    this.far.send(response.text.slice(from, from + count));
    this.#sentOfFirst += count;
    if (this.#sentOfFirst < response.text.length) return;
    this.#outbox.shift();
    this.#sentOfFirst = 0;
    if (response.then === "end") this.far.end();
    if (response.then === "reset") this.far.reset();
  }

  #read(): void {
    for (;;) {
      const text = this.far.received.slice(this.#at);
      if (this.#isTunnel) {
        this.tunnelled = text;
        return;
      }
      const head = oracleRequest(text);
      if (head === undefined) return;
      const id = Number(/\/r(\d+)/.exec(head.target)?.[1]);
      if (!this.#isAnswered && this.#chance.below(12) === 0) {
        this.#answer(id, head);
      }
      const rest = text.slice(head.end);
      const body = oracleBody(rest, head);
      if (body === undefined) return;
      this.#seen.push({
        id,
        method: head.method,
        body: body.data,
        isWhole: true,
        isOnUsed: this.#served > 0,
      });
      if (!this.#isAnswered) this.#answer(id, head);
      this.#isAnswered = false;
      this.#served++;
      this.#at += head.end + body.end;
    }
  }

  #answer(id: number, head: OracleRequest): void {
    this.#isAnswered = true;
    const wantsUpgrade = head.upgrade !== undefined;
    const { method } = head;
    const response = randomResponse({ id, method }, wantsUpgrade, this.#chance);
    this.#isTunnel = response.text.startsWith("HTTP/1.1 101");
    this.#outbox.push(response);
  }
}
