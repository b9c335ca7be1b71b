/** The live feed: opened, watched, opened again after a while, and closed while nobody looks. */
import { call, Refusal } from "./request.js";

/**
 * @typedef {{ readonly kind: "asking" | "connecting" | "live" | "waiting" | "asleep" }
 *   | { readonly kind: "signed_out", readonly detail: string }} LinkState
 */

const FEED = "/_opsen/ui/feed";
/** Tells who reads, and with its status what is missing: a feed that does not open can't say why. */
const SESSION = "/_opsen/ui/session";
const EVENTS = ["hello", "fleet", "decisions", "state"];
/** Most breaks are restarts, which take less. */
const FIRST_DELAY_MS = 500;
/** Whoever looks wants to see a server that is back; after a minute few do. */
const SOON_DELAY_MS = 2000;
const SOON_MS = 60_000;
const LATE_DELAY_MS = 5000;
/** A server that takes longer to say who reads is not there. */
const ANSWER_MS_MAX = 5000;
/** The server speaks each second; a link that says nothing for so long is dead. */
const SILENCE_MS_MAX = 15_000;
/** A tab in the background is let go of after this, so that the server does not feed it all night. */
const HIDDEN_MS_MAX = 60_000;

/** The one connection of the page. */
export class Feed {
  /** @type {EventSource | undefined} */
  #source;
  /** @type {number | undefined} */
  #retry;
  /** @type {number | undefined} */
  #silence;
  /** @type {number | undefined} */
  #sleep;
  /** Grows with each attempt: what an older one is told no longer matters. */
  #attempt = 0;
  /** @type {number | undefined} */
  #lostAtMs;
  #isOpen = false;
  #isAsleep = false;
  #onEvent;
  #onState;

  /**
   * @param {(name: string, data: any) => void} onEvent
   * @param {(state: LinkState) => void} onState
   */
  constructor(onEvent, onState) {
    this.#onEvent = onEvent;
    this.#onState = onState;
    document.addEventListener(
      "visibilitychange",
      () => document.hidden ? this.#rest() : this.#wake(),
    );
    addEventListener("online", () => this.#hurry());
  }

  /** Begins, or begins anew. */
  async open() {
    this.#drop();
    this.#isOpen = true;
    this.#isAsleep = false;
    this.#onState({
      kind: this.#lostAtMs === undefined ? "asking" : "waiting",
    });
    if (document.hidden) this.#rest();
    const attempt = this.#attempt;
    const refusal = await whyNot();
    if (attempt !== this.#attempt) return;
    if (refusal === undefined) return this.#connect();
    if (refusal.status !== 401 && refusal.status !== 403) return this.#lost();
    this.close();
    this.#onState({ kind: "signed_out", detail: detailOf(refusal) });
  }

  /** Ends it for good. */
  close() {
    this.#drop();
    clearTimeout(this.#sleep);
    this.#sleep = undefined;
    this.#lostAtMs = undefined;
    this.#isOpen = this.#isAsleep = false;
  }

  #drop() {
    this.#attempt++;
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    this.#source?.close();
    this.#source = undefined;
  }

  #connect() {
    if (this.#lostAtMs === undefined) this.#onState({ kind: "connecting" });
    const source = new EventSource(FEED);
    this.#source = source;
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data }) => this.#take(name, data));
    }
    source.addEventListener("bye", () => this.#lost());
    source.addEventListener("error", () => this.#lost());
    this.#listen();
  }

  /**
   * @param {string} name
   * @param {string} data
   */
  #take(name, data) {
    if (name === "hello") {
      this.#lostAtMs = undefined;
      this.#onState({ kind: "live" });
    }
    this.#listen();
    this.#onEvent(name, JSON.parse(data));
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(), SILENCE_MS_MAX);
  }

  #lost() {
    this.#drop();
    const delayMs = this.#delayMs();
    this.#lostAtMs ??= performance.now();
    this.#onState({ kind: "waiting" });
    // Pages that lost the same server at once must not all come back at once.
    const spread = 0.75 + Math.random() / 2;
    this.#retry = setTimeout(() => this.open(), delayMs * spread);
  }

  #delayMs() {
    if (this.#lostAtMs === undefined) return FIRST_DELAY_MS;
    const isSoon = performance.now() - this.#lostAtMs < SOON_MS;
    return isSoon ? SOON_DELAY_MS : LATE_DELAY_MS;
  }

  #rest() {
    if (!this.#isOpen) return;
    this.#sleep ??= setTimeout(() => {
      this.close();
      this.#isAsleep = true;
      this.#onState({ kind: "asleep" });
    }, HIDDEN_MS_MAX);
  }

  #wake() {
    clearTimeout(this.#sleep);
    this.#sleep = undefined;
    this.#hurry();
  }

  /** Ends a wait. */
  #hurry() {
    const isWaiting = this.#lostAtMs !== undefined;
    if (this.#isAsleep || isWaiting) this.open();
  }
}

/** @returns {Promise<Refusal | undefined>} */
async function whyNot() {
  try {
    await call("GET", SESSION, undefined, ANSWER_MS_MAX);
    return undefined;
  } catch (error) {
    return error instanceof Refusal ? error : undefined;
  }
}

/**
 * Whoever shows no key has done nothing wrong.
 *
 * @param {Refusal} refusal
 */
function detailOf({ code, message }) {
  return code === "missing_key" ? "" : message;
}
