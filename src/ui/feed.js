/** The live feed: opened, watched, opened again after ever longer waits, and closed while nobody looks. */
import { call, Refusal } from "./request.js";

/**
 * @typedef {{ readonly kind: "connecting" } | { readonly kind: "live" } | { readonly kind: "waiting", readonly delayMs: number }
 *   | { readonly kind: "asleep" } | { readonly kind: "signed_out", readonly detail: string }} LinkState
 */

const FEED = "/_opsen/ui/feed";
/** Tells who reads, and with its status what is missing where the feed does not open. */
const PROBE = "/_opsen/ui/session";
const EVENTS = ["hello", "fleet", "decisions", "state"];
/** The first wait is short: most breaks are restarts. The last is one that nobody minds to wait for. */
const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 10_000;
/** The server speaks each second; a link that says nothing for so long is dead. */
const SILENCE_MS_MAX = 15_000;
/** A tab in the background is let go of after this, so that the server does not feed it all night. */
const HIDDEN_MS_MAX = 60_000;

/** The one connection of the page. */
export class Feed {
  /** @type {EventSource | undefined} */
  #source;
  /** @type {number | undefined} */
  #timer;
  /** @type {number | undefined} */
  #silence;
  #fails = 0;
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
    document.addEventListener("visibilitychange", () => this.#seen());
    addEventListener("online", () => this.#hurry());
  }

  /** Begins, or begins anew. */
  open() {
    this.close();
    this.#onState({ kind: "connecting" });
    const source = new EventSource(FEED);
    this.#source = source;
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data }) => this.#take(name, data));
    }
    source.addEventListener("bye", () => this.#lost());
    source.addEventListener("error", () => this.#lost());
    this.#listen();
    this.#seen();
  }

  /** Ends it for good. */
  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#timer = undefined;
    this.#isAsleep = false;
    this.#source?.close();
    this.#source = undefined;
  }

  /**
   * @param {string} name
   * @param {string} data
   */
  #take(name, data) {
    if (name === "hello") {
      this.#fails = 0;
      this.#onState({ kind: "live" });
    }
    this.#listen();
    this.#onEvent(name, JSON.parse(data));
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(), SILENCE_MS_MAX);
  }

  /** The source can't say why it failed, so the API is asked once. */
  async #lost() {
    this.close();
    const delayMs = Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** this.#fails) *
      (0.75 + Math.random() / 2);
    this.#fails++;
    this.#onState({ kind: "waiting", delayMs });
    const refusal = await whyNot();
    if (this.#source !== undefined || this.#timer !== undefined) return;
    if (refusal?.status === 401 || refusal?.status === 403) {
      this.#onState({ kind: "signed_out", detail: detailOf(refusal) });
      return;
    }
    this.#timer = setTimeout(() => this.open(), delayMs);
  }

  #seen() {
    if (document.hidden) {
      if (this.#source === undefined) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.close();
        this.#isAsleep = true;
        this.#onState({ kind: "asleep" });
      }, HIDDEN_MS_MAX);
    } else if (this.#source === undefined) this.#hurry();
    else clearTimeout(this.#timer);
  }

  /** Ends a wait. */
  #hurry() {
    const isWaiting = this.#isAsleep || this.#timer !== undefined;
    if (isWaiting && this.#source === undefined) this.open();
  }
}

/** @returns {Promise<Refusal | undefined>} */
async function whyNot() {
  try {
    await call("GET", PROBE);
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
