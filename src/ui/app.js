/** The dashboard: the feed fills the model, and the painter shows it in the view that the address names. */
import { BackendPanel } from "./backend_panel.js";
import { DecisionsView } from "./decisions_view.js";
import { byId, mark, say } from "./element.js";
import { Feed } from "./feed.js";
import { FleetView } from "./fleet_view.js";
import { LeasesView } from "./leases_view.js";
import { MapView } from "./map_view.js";
import { Model } from "./model.js";
import { Painter } from "./painter.js";
import { RefusalsView } from "./refusals_view.js";
import { call } from "./request.js";
import { signIn } from "./sign_in.js";
import { colourSwitch } from "./colours.js";
import { Vitals } from "./vitals.js";

/** @import { LinkState } from "./feed.js" */
/** @typedef {{ readonly element: HTMLElement, paint(): void, open?(detail: string): void, close?(): void }} View */

const TITLES = {
  fleet: "Fleet",
  map: "Map",
  decisions: "Decisions",
  leases: "Leases",
  refusals: "Refusals",
};

/** @typedef {keyof typeof TITLES} ViewName */

/** Tabs share the cookie, and tell one another of it. */
const TABS = "opsen";
/** A restart takes less; only what lasts longer is an alarm. */
const CUT_MS_MIN = 1000;
const SESSION_OVER =
  "The session is over: it lasts 12 hours at most, and ends with the server";

class Dashboard {
  #model = new Model();
  #main = byId("main");
  /** Until it is known that the server wants no key, or has got it, nothing else is asked of it. */
  #isIn = false;
  #tabs = new BroadcastChannel(TABS);
  /** @type {number | undefined} */
  #lostAtMs;
  /** Made when they are first looked at. @type {Map<ViewName, View>} */
  #views = new Map();
  /** @type {View | undefined} */
  #view;
  #panel = new BackendPanel(byId("panel"), this.#model);
  #painter = new Painter([
    new Vitals(this.#model),
    { paint: () => this.#view?.paint() },
    this.#panel,
  ]);
  #feed = new Feed(
    (name, data) => {
      this.#model.take(name, data);
      if (name === "hello") this.#welcome();
      this.#painter.wake();
    },
    (state) => this.#showLink(state),
  );

  start() {
    colourSwitch(byId("theme"), () => this.#repaint());
    keepRoomBelow(byId("top"));
    byId("sign-out").addEventListener("click", () => this.#signOut());
    addEventListener("hashchange", () => this.#go());
    document.querySelector(".skip")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.#main.focus();
    });
    this.#tabs.addEventListener("message", () => {
      if (!this.#isIn) this.#feed.open();
    });
    this.#feed.open();
  }

  /** Follows the address: `#view/detail`. */
  #go() {
    if (!this.#isIn) return;
    const [name, detail] = route();
    document.title = `${TITLES[name]} · Opsen`;
    for (const link of document.querySelectorAll("nav a")) {
      const isIt = link.getAttribute("data-view") === name;
      mark(link, "aria-current", isIt ? "page" : undefined);
    }
    const view = this.#viewOf(name);
    if (view !== this.#view) {
      this.#view?.close?.();
      this.#view = view;
      this.#main.replaceChildren(view.element);
      scrollTo(0, 0);
    }
    view.open?.(detail);
    this.#panel.open(name === "fleet" ? detail : "");
    this.#painter.wake();
  }

  /**
   * @param {ViewName} name
   * @returns {View}
   */
  #viewOf(name) {
    const known = this.#views.get(name);
    if (known !== undefined) return known;
    const view = this.#made(name);
    this.#views.set(name, view);
    return view;
  }

  /**
   * @param {ViewName} name
   * @returns {View}
   */
  #made(name) {
    const wake = () => this.#painter.wake();
    switch (name) {
      case "fleet":
        return new FleetView(this.#model, wake);
      case "map":
        return new MapView(this.#model);
      case "decisions":
        return new DecisionsView(this.#model, wake);
      case "leases":
        return new LeasesView(this.#model);
      case "refusals":
        return new RefusalsView(this.#model);
    }
  }

  /** Colours that are drawn and not styled are drawn anew. */
  #repaint() {
    this.#panel.recolour();
    this.#view?.close?.();
    this.#views.delete("refusals");
    this.#view = undefined;
    this.#go();
  }

  #welcome() {
    const key = this.#model.hello?.key_name;
    byId("sign-out").hidden = key === undefined;
    say(byId("key"), key === undefined ? "" : `Key “${key}”`);
    this.#enter();
  }

  #enter() {
    if (this.#isIn) return;
    this.#isIn = true;
    byId("vitals").hidden = false;
    this.#go();
  }

  /** @param {LinkState} state */
  #showLink(state) {
    const link = byId("link");
    mark(link, "data-state", state.kind);
    say(link.firstElementChild, wordsOf(state));
    this.#count(state);
    if (state.kind === "connecting") this.#enter();
    if (state.kind === "signed_out") this.#ask(state.detail);
  }

  /** How long nothing has come. @param {LinkState} state */
  #count({ kind }) {
    if (kind === "asking" || kind === "connecting") return;
    if (kind === "waiting") {
      this.#lostAtMs ??= Date.now();
      if (Date.now() - this.#lostAtMs < CUT_MS_MIN) return;
    } else this.#lostAtMs = undefined;
    this.#model.cutAtMs = this.#lostAtMs;
    this.#painter.wake();
  }

  /** @param {string} detail */
  #ask(detail) {
    this.#isIn = false;
    byId("vitals").hidden = true;
    byId("sign-out").hidden = true;
    say(byId("key"), "");
    this.#panel.open("");
    this.#view?.close?.();
    this.#view = undefined;
    const wasIn = this.#model.hello?.key_name !== undefined;
    signIn(this.#main, detail || (wasIn ? SESSION_OVER : ""), () => {
      this.#feed.open();
      this.#tabs.postMessage("signed in");
    });
  }

  async #signOut() {
    this.#feed.close();
    try {
      await call("POST", "/_opsen/ui/logout");
    } finally {
      // What was seen with the key must not be left behind on the screen or in memory.
      location.reload();
    }
  }
}

/**
 * What sticks below the top has to know how high it is: alerts come and go, and wrap.
 *
 * @param {HTMLElement} top
 */
function keepRoomBelow(top) {
  new ResizeObserver(() => {
    const { style } = document.documentElement;
    style.setProperty("--top-height", `${top.offsetHeight}px`);
  }).observe(top);
}

/** @returns {[ViewName, string]} */
function route() {
  const [name = "", ...rest] = location.hash.slice(1).split("/");
  const detail = rest.join("/");
  const known = Object.keys(TITLES).includes(name) ? name : "fleet";
  return [/** @type {ViewName} */ (known), decoded(detail)];
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {LinkState} state */
function wordsOf(state) {
  switch (state.kind) {
    case "asking":
    case "connecting":
      return "Connecting";
    case "live":
      return "Live";
    case "waiting":
      return "Reconnecting";
    case "asleep":
      return "Paused";
    case "signed_out":
      return "Signed out";
  }
}

new Dashboard().start();
