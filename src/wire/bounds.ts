/**
 * What a message may say at most. Beyond these a number is a mistake or an attack, and believing it would let one
 * backend draw all traffic or one message fill the memory; the reason stands beside each bound.
 */

/** Logical CPUs of one machine: the most that Linux can be built for (`CONFIG_NR_CPUS`, x86-64). */
export const CORES_MAX = 8192;

/** GPUs of one machine: the sixteen of the densest chassis sold, each in the seven parts that NVIDIA divides one into. */
export const GPUS_MAX = 112;

/** Number of a GPU: indices run from 0, and there is room for those that count MIG slices. */
export const DEVICE_ID_MAX = 65_535;

/** Memory of one machine or one GPU in GB: 1 PiB, beyond the 57-bit address space of any machine in sight. */
export const MEMORY_GB_MAX = 2 ** 20;

/** Storage of one machine in GB: 1 EiB, as much as a large cluster file system that is mounted whole. */
export const STORAGE_GB_MAX = 2 ** 30;

/** Lowest percentage that still means 0: what rounding of a mean leaves. Lower ones would pass for idle. */
export const PERCENT_MIN = -0.01;

/** Highest percentage that still means 100: rounding, a counter that jumped, a meter that counts threads. */
export const PERCENT_MAX = 1000;

/** Temperature in degrees Celsius, either sign: no sensor of a running machine reads more. */
export const TEMPERATURE_C_MAX = 1000;

/** Power of one GPU in watts: two orders above the largest card. */
export const POWER_W_MAX = 100_000;

/** Reasons for which one GPU is slow: as many as NVIDIA's library has bits for them. */
export const THROTTLE_REASONS_MAX = 64;

/** Memory errors of one GPU: what a number can count. */
export const ECC_ERRORS_MAX = Number.MAX_SAFE_INTEGER;

/** Length of an averaging window in seconds: 31 days. */
export const WINDOW_SECONDS_MAX = 31 * 86_400;

/** Characters of a host name (RFC 1035, section 2.3.4: 255 octets on the wire, 253 as text). */
export const HOSTNAME_CHARS_MAX = 253;

/** Characters of a city, a country, or what the driver of a GPU calls it, its state, or its maker. */
export const NAME_CHARS_MAX = 128;

/** Characters of a tier's name. */
export const TIER_CHARS_MAX = 128;

/** Tiers that a key is limited to. */
export const KEY_TIERS_MAX = 1000;

/** Characters of a URL; what browsers and proxies agree to carry. */
export const URL_CHARS_MAX = 2048;

/** Ports of one backend. */
export const ENDPOINTS_MAX = 32;

/** Paths of one port. */
export const PATHS_MAX = 64;

/** Objects and arrays inside one another; the contract needs three. */
export const JSON_DEPTH_MAX = 32;

/** Faults that one answer lists; a message can have one per core. */
export const FAULTS_MAX = 16;

/** Characters of a session's id: it is a key in memory and in the database. */
export const SESSION_ID_CHARS_MAX = 256;

/** Characters of an idempotency key: it is kept beside the session's id. */
export const IDEMPOTENCY_KEY_CHARS_MAX = 256;

/** Seconds that a lease may live without being renewed: a day, so that room nobody uses comes back by tomorrow. */
export const LEASE_SECONDS_MAX = 86_400;

/** Leases of one page; ten thousand are two megabytes. */
export const LEASES_PAGE_MAX = 10_000;

/** Sticky assignments of one page; ten thousand are a megabyte. */
export const STICKY_PAGE_MAX = 10_000;

/** Decisions of one list of summaries. */
export const DECISIONS_PAGE_MAX = 10_000;

/** Lines of the audit trail in one answer; ten thousand are two megabytes. */
export const AUDIT_PAGE_MAX = 10_000;

/** Seconds that a drain may leave to sessions: a week, beyond which "as long as they live" is meant. */
export const DRAIN_SECONDS_MAX = 604_800;

/** Longest time for which a level of the log can be set: a day. */
export const LOG_LEVEL_SECONDS_MAX = 86_400;

/** Largest number of unavailable backends that a drain may be limited to: no fleet is larger. */
export const UNAVAILABLE_MAX = 100_000;

/** Backends that a refused drain names; enough to see who is meant. */
export const UNAVAILABLE_NAMED_MAX = 100;

/** Seconds that an enrolment token may be good for: a year, for those that are baked into an image. */
export const TOKEN_TTL_SECONDS_MAX = 366 * 86_400;

/** Machines that one token may enrol; no fleet is larger. */
export const TOKEN_USES_MAX = 100_000;

/** Ranges that one token allows its machines. */
export const ALLOW_ENDPOINTS_MAX = 64;

/** Characters of a range: the longest text of an IPv6 address (RFC 4291, section 2.2) and `/128`. */
export const RANGE_CHARS_MAX = 49;

/** Characters of a token that is looked at; those that the server makes have some 55. */
export const TOKEN_CHARS_MAX = 256;
