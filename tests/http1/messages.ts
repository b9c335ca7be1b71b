/** Messages made by chance, for properties: valid ones with what they mean. */
import fc from "fast-check";
import { textOf } from "../../src/http1/octets.ts";
import type { FieldText } from "./readings.ts";

/** A field that means nothing here, so that it always goes on. */
export const FIELD: fc.Arbitrary<FieldText> = fc.tuple(
  fc.stringMatching(/^X-[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/),
  fc.stringMatching(
    /^([!-~\x80-\xff]([\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/,
  ),
);

/** A method that is no CONNECT, and a target of a form that every method may have. */
export const METHOD: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("GET", "POST", "OPTIONS", "M-SEARCH"),
  fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/),
).filter((method) => method.toLowerCase() !== "connect");

const AUTHORITY = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9\-._~]{1,20}(:\d{0,5})?$/),
  fc.ipV6().map((address) => `[${address}]:80`),
);

/** An absolute target's parts are known, those of an origin form are the path alone. */
export const TARGET: fc.Arbitrary<
  { readonly authority: string; readonly path: string }
> = fc.oneof(
  fc.record({
    authority: fc.constant(""),
    path: fc.stringMatching(/^\/[!"$-~]{0,40}$/),
  }),
  fc.record({
    authority: AUTHORITY,
    path: fc.stringMatching(/^([/?][!"$-~]{0,40})?$/),
  }),
);

/** A host that may stand in Host. */
export const HOST: fc.Arbitrary<string> = AUTHORITY;

/** A chunked body, its data, and what goes on of it. */
export interface ChunkedText {
  readonly text: string;
  readonly data: string;
  readonly out: string;
}

const CHUNK = fc.record({
  data: octetText(1, 40),
  zeros: fc.constantFrom("", "0", "0000"),
  isUpper: fc.boolean(),
  extension: fc.stringMatching(/^(;[\t -~\x80-\xff]{0,10})?$/),
});

/** Any chunked body, with extensions and trailers. */
export const CHUNKED: fc.Arbitrary<ChunkedText> = fc.record({
  chunks: fc.array(CHUNK, { maxLength: 5 }),
  last: fc.stringMatching(/^0{1,4}$/),
  trailers: fc.array(FIELD, { maxLength: 3 }),
  dropped: fc.boolean(),
}).map(({ chunks, last, trailers, dropped }) => {
  let text = "";
  let data = "";
  let out = "";
  for (const chunk of chunks) {
    const digits = chunk.data.length.toString(16);
    const size = chunk.zeros + (chunk.isUpper ? digits.toUpperCase() : digits);
    text += `${size}${chunk.extension}\r\n${chunk.data}\r\n`;
    out += `${size}\r\n${chunk.data}\r\n`;
    data += chunk.data;
  }
  const section = trailers.map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const unwanted = dropped ? "Content-Length: 7\r\n" : "";
  text += `${last}\r\n${unwanted}${section}\r\n`;
  out += `${last}\r\n${section}\r\n`;
  return { text, data, out };
});

/** Any octets, as text. */
export function octetText(
  minLength: number,
  maxLength: number,
): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength, maxLength }).map((octets) =>
    textOf(octets, 0, octets.length)
  );
}
