/** Writes DER (ITU-T X.690), as far as certificates need it. Values only. */

/** A value with its tag and length. */
export type Der = Uint8Array<ArrayBuffer>;

/** A value of any tag, from the octets of its content. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Der {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return joined([Uint8Array.of(tag, ...lengthOctets(length)), ...parts]);
}

/** `SEQUENCE`. */
export function sequence(...parts: readonly Uint8Array[]): Der {
  return tagged(0x30, ...parts);
}

/** `SET` of one value, which needs no order. */
export function setOf(part: Uint8Array): Der {
  return tagged(0x31, part);
}

/** `INTEGER` that is not negative, from its octets, highest first. */
export function integer(octets: Uint8Array): Der {
  const first = octets.findIndex((octet) => octet !== 0);
  const digits = first === -1 ? Uint8Array.of(0) : octets.subarray(first);
  return (digits[0] ?? 0) < 0x80
    ? tagged(0x02, digits)
    : tagged(0x02, Uint8Array.of(0), digits);
}

/** `BOOLEAN` that is true; false is left out wherever it is the default. */
export function isTrue(): Der {
  return tagged(0x01, Uint8Array.of(0xff));
}

/** `OBJECT IDENTIFIER`, such as `2.5.4.3`. */
export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(
    0x06,
    Uint8Array.from([40 * first + second, ...rest].flatMap(base128)),
  );
}

/** `OCTET STRING`. */
export function octetString(octets: Uint8Array): Der {
  return tagged(0x04, octets);
}

/** `BIT STRING` whose last octet has so many bits that don't count. */
export function bitString(octets: Uint8Array, unusedBits = 0): Der {
  return tagged(0x03, Uint8Array.of(unusedBits), octets);
}

/** `UTF8String`. */
export function utf8(text: string): Der {
  return tagged(0x0c, new TextEncoder().encode(text));
}

/** An instant in whole seconds: `UTCTime` to the end of 2049, `GeneralizedTime` after it (RFC 5280, section 4.1.2.5). */
export function time(at: Date): Der {
  const digits = at.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  const isShort = at.getUTCFullYear() < 2050;
  const octets = new TextEncoder().encode(isShort ? digits.slice(2) : digits);
  return tagged(isShort ? 0x17 : 0x18, octets);
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let left = length; left > 0; left >>>= 8) octets.unshift(left & 0xff);
  return [0x80 | octets.length, ...octets];
}

function base128(number: number): readonly number[] {
  const octets = [number & 0x7f];
  for (let left = number >>> 7; left > 0; left >>>= 7) {
    octets.unshift(0x80 | left & 0x7f);
  }
  return octets;
}

function joined(parts: readonly Uint8Array[]): Der {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
