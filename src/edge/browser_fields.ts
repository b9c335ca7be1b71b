/**
 * Fields that responses get for the sake of browsers, as octets made once for each snapshot of the rules. A field that
 * a response brings along itself is never overridden.
 */
import {
  ACCESS_CONTROL_EXPOSE_HEADERS,
  X_CONTENT_TYPE_OPTIONS,
} from "../http1/field_names.ts";
import { octetsOf } from "../http1/octets.ts";
import { Cors, type CorsSettings } from "./cors.ts";
import type { EdgeSettings } from "./settings.ts";

/**
 * Which of our fields a response brings along: one bit for each name from X-Content-Type-Options on, in the order of
 * their numbers (field_names.ts).
 */
export type FieldsSent = number;

/** The bit of a field name's number in {@link FieldsSent}; 0 for names that have none. */
export function sentBit(number: number): FieldsSent {
  return number < X_CONTENT_TYPE_OPTIONS ||
      number > ACCESS_CONTROL_EXPOSE_HEADERS
    ? 0
    : 1 << (number - X_CONTENT_TYPE_OPTIONS);
}

/** Whether a response says itself which origins may read it. */
export function isCorsSent(sent: FieldsSent): boolean {
  return sent >= 1 << SECURITY_LINES.length;
}

/** The fields that the settings ask for. */
export class BrowserFields {
  /** Who is told what about origins; undefined where that is left to the backends. */
  readonly cors: Cors | undefined;
  readonly #plain: readonly Uint8Array[];
  readonly #encrypted: readonly Uint8Array[];
  readonly #plainText: string;
  readonly #encryptedText: string;

  /** The fields by these settings. */
  constructor(
    settings: Pick<EdgeSettings, "hasSecurityFields"> & CorsSettings,
  ) {
    const { hasSecurityFields, corsOrigins } = settings;
    const encrypted = hasSecurityFields ? SECURITY_LINES : NO_LINES;
    const plain = encrypted.with(-1, "");
    this.#plain = everySelection(plain);
    this.#encrypted = everySelection(encrypted);
    this.#plainText = plain.join("");
    this.#encryptedText = encrypted.join("");
    this.cors = corsOrigins && new Cors(corsOrigins, settings);
  }

  /** The lines that guard a browser, without those that were sent. */
  security(isTls: boolean, sent: FieldsSent): Uint8Array {
    const selections = isTls ? this.#encrypted : this.#plain;
    return selections[sent & (selections.length - 1)]!;
  }

  /** All of them as text. */
  securityText(isTls: boolean): string {
    return isTls ? this.#encryptedText : this.#plainText;
  }
}

/** In the order of their names' numbers. The last is for TLS alone (RFC 6797, section 7.2). */
const SECURITY_LINES: readonly string[] = [
  "X-Content-Type-Options: nosniff\r\n",
  "X-Frame-Options: DENY\r\n",
  "X-XSS-Protection: 1; mode=block\r\n",
  "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n",
];
const NO_LINES: readonly string[] = SECURITY_LINES.map(() => "");

/** The lines without those whose bits are set, for each number that the bits can make. */
function everySelection(lines: readonly string[]): readonly Uint8Array[] {
  return Array.from(
    { length: 1 << lines.length },
    (_, sent) =>
      octetsOf(lines.filter((_, bit) => (sent & 1 << bit) === 0).join("")),
  );
}
