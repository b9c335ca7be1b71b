/** Figures and instants as people read them. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
/** Always as many digits, so that a figure that changes each second does not jump. */
const STEADY = new Intl.NumberFormat("en", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
/** What is no number. */
const NOTHING = "–";
const GB_OF_TB = 1024;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** @param {number} value */
export function whole(value) {
  return WHOLE.format(value);
}

/** @param {number} value */
export function percent(value) {
  return Number.isFinite(value) ? `${WHOLE.format(value)} %` : NOTHING;
}

/**
 * @param {number} value
 * @param {number} [digits]
 */
export function fixed(value, digits = 1) {
  return Number.isFinite(value) ? value.toFixed(digits) : NOTHING;
}

/**
 * GB = 2^30 bytes; as many digits as matter.
 *
 * @param {number} value
 */
export function gigabytes(value) {
  if (!Number.isFinite(value)) return NOTHING;
  if (value >= GB_OF_TB) return `${TENTHS.format(value / GB_OF_TB)} TB`;
  return `${(value >= 100 ? WHOLE : TENTHS).format(value)} GB`;
}

/**
 * What is used, and of what, with one unit for both.
 *
 * @param {number} used GB
 * @param {number} total GB; 0 when it is not known
 * @returns {[string, string]}
 */
export function usedOf(used, total) {
  if (!(total > 0 && Number.isFinite(used))) return [gigabytes(used), ""];
  const scaled = total >= GB_OF_TB ? used / GB_OF_TB : used;
  const figure = (scaled >= 100 ? WHOLE : STEADY).format(scaled);
  return [figure, `of ${gigabytes(total)}`];
}

/** @param {number} perSecond */
export function rate(perSecond) {
  const isWhole = perSecond >= 10 || !(perSecond > 0);
  return `${(isWhole ? WHOLE : STEADY).format(perSecond)}/s`;
}

/** @param {number} seconds */
export function span(seconds) {
  if (Number.isNaN(seconds)) return NOTHING;
  const s = Math.max(0, seconds);
  if (s < MINUTE_S) return `${Math.floor(s)} s`;
  if (s < HOUR_S) return `${Math.floor(s / MINUTE_S)} min`;
  if (s < 2 * DAY_S) {
    const minutes = Math.floor((s % HOUR_S) / MINUTE_S);
    return `${Math.floor(s / HOUR_S)} h${minutes > 0 ? ` ${minutes} min` : ""}`;
  }
  return `${Math.floor(s / DAY_S)} d`;
}

/**
 * @param {string} iso
 * @param {number} nowMs
 */
export function ago(iso, nowMs) {
  const seconds = (nowMs - Date.parse(iso)) / 1000;
  return Number.isFinite(seconds) ? `${span(seconds)} ago` : "never";
}

/** @param {string} iso */
export function clockTime(iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? ""
    : date.toLocaleTimeString([], { hour12: false });
}

/**
 * @param {number} many
 * @param {string} one
 * @param {string} [several]
 */
export function counted(many, one, several = `${one}s`) {
  return `${whole(many)} ${many === 1 ? one : several}`;
}

/**
 * @param {number} latitude
 * @param {number} longitude
 */
export function coordinates(latitude, longitude) {
  const ns = latitude < 0 ? "S" : "N";
  const ew = longitude < 0 ? "W" : "E";
  return `${fixed(Math.abs(latitude))}° ${ns}, ${
    fixed(Math.abs(longitude))
  }° ${ew}`;
}

/** Ids that a client has made for itself; nobody knows a machine by them. */
const MADE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What a backend is called: its id, or its host where the id was made.
 *
 * @param {string} id
 * @param {string} [hostname]
 */
export function backendName(id, hostname = "") {
  return hostname !== "" && MADE_ID.test(id) ? hostname : id;
}

/**
 * A reason of the engine as words, such as `gpu_memory`.
 *
 * @param {string} reason
 */
export function reasonWords(reason) {
  return REASONS[reason] ?? reason.replaceAll("_", " ");
}

/**
 * What a unit leaves open, such as ` of memory` after GB; empty where it says all.
 *
 * @param {string} reason
 */
export function ofWhat(reason) {
  return OF_WHAT[reason] ?? "";
}

/** @type {Readonly<Record<string, string>>} */
const OF_WHAT = {
  memory: " of memory",
  storage: " of disk",
  gpu_memory: " of GPU memory",
};

/** @type {Readonly<Record<string, string>>} */
const REASONS = {
  stale: "no recent report",
  unhealthy: "probes fail",
  ejected: "requests to it failed",
  draining: "draining",
  place: "too far away or in another country",
  cores: "too few free cores",
  memory: "too little memory",
  storage: "too little disk",
  gpu_count: "too few free GPUs",
  gpu_memory: "too little GPU memory",
};
