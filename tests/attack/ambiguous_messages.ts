/** Requests that two readers could take for different ones. */

/** What must never reach the origin as a request of its own. */
export const HIDDEN = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
export const CHUNKED = "Transfer-Encoding: chunked";
export const POST = "POST /front";

/** Heads that leave open where their body ends, or what a field says. */
export const AMBIGUOUS: Readonly<Record<string, string>> = {
  "a length beside chunks": framed(["Content-Length: 4", CHUNKED]),
  "chunks beside a length": framed([CHUNKED, "Content-Length: 4"]),
  "two lengths": framed(["Content-Length: 0", "Content-Length: 47"]),
  "a list of two lengths": framed(["Content-Length: 0, 47"]),
  "a length with a sign": framed(["Content-Length: +0"]),
  "a negative length": framed(["Content-Length: -1"]),
  "a length in hexadecimal": framed(["Content-Length: 0x0"]),
  "a length with a fraction": framed(["Content-Length: 0.0"]),
  "a length beyond all numbers": framed([`Content-Length: ${"9".repeat(30)}`]),
  "an empty length": framed(["Content-Length:"]),
  "a length and a space before the colon": framed(["Content-Length : 47"]),
  "chunks and a space before the colon": framed([
    "Transfer-Encoding : chunked",
  ]),
  "chunks that are not the last coding": framed([
    "Transfer-Encoding: chunked, gzip",
  ]),
  "chunks twice": framed(["Transfer-Encoding: chunked, chunked"]),
  "chunks in two lines": framed([CHUNKED, CHUNKED]),
  "chunks and identity": framed([CHUNKED, "Transfer-Encoding: identity"]),
  "a coding that nobody knows": framed(["Transfer-Encoding: xchunked"]),
  "chunks in quotes": framed(['Transfer-Encoding: "chunked"']),
  "chunks with a parameter": framed(["Transfer-Encoding: chunked;a=b"]),
  "chunks after a vertical tab": framed(["Transfer-Encoding: \x0bchunked"]),
  "chunks before a NUL": framed(["Transfer-Encoding: chunked\0"]),
  "chunks in a folded line": framed(["Transfer-Encoding:", " chunked"]),
  "a field before a folded line": framed(["X-A: b", "\tTransfer-Encoding: x"]),
  "a folded first line": framed([" X-A: b"]),
  "a line without a colon": framed(["Transfer-Encoding chunked"]),
  "an empty name": framed([": chunked"]),
  "a bare line feed between lines":
    `${POST} HTTP/1.1\r\nHost: localhost\r\nX-A: b\nContent-Length: 47\r\n\r\n${HIDDEN}`,
  "bare line feeds alone": `${POST} HTTP/1.1\nHost: localhost\n\n${HIDDEN}`,
  "a bare carriage return in a value": framed(["X-A: b\rContent-Length: 47"]),
  "a bare carriage return before a name": framed(["\rContent-Length: 47"]),
  "a NUL in a name": framed(["X\0A: b"]),
  "chunks from HTTP/1.0":
    `${POST} HTTP/1.0\r\nHost: localhost\r\n${CHUNKED}\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "a version that does not exist":
    `${POST} HTTP/1.9\r\nHost: localhost\r\n${CHUNKED}\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "two spaces in the request line": framed([], `${POST}  HTTP/1.1`),
  "a tab in the request line": framed([], "POST\t/front HTTP/1.1"),
  "a line feed in the target": framed([], "POST /front\n HTTP/1.1"),
  "a request line of HTTP/0.9": `GET /front\r\n\r\n${HIDDEN}`,
};

/** Bodies in chunks that readers differ about. */
export const CHUNKS: Readonly<Record<string, string>> = {
  "a size with a sign": `+1\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a negative size": `-1\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a size with a prefix": `0x1\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a size that overflows 32 bits": `100000001\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a size that overflows 64 bits":
    `10000000000000001\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "an empty size": `\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a space before the size": ` 1\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a bare line feed after the size": `1\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a bare line feed in an extension": `1;a\nx\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a bare carriage return in an extension": `1;a\rb\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "no line end after the data": `1\r\nx0\r\n\r\n${HIDDEN}`,
  "more data than the size": `1\r\nxyz\r\n0\r\n\r\n${HIDDEN}`,
  "a bare line feed after the data": `1\r\nx\n0\r\n\r\n${HIDDEN}`,
  "an extension without an end": `1;${"a".repeat(100_000)}`,
  "a trailer that is folded": `0\r\nX-A: b\r\n c\r\n\r\n${HIDDEN}`,
  "a trailer without a colon": `0\r\nX-A\r\n\r\n${HIDDEN}`,
};

/** A request with a body in one chunk, which is a hidden request to whoever goes by a length. */
function framed(
  fields: readonly string[],
  start = `${POST} HTTP/1.1`,
): string {
  const head = [start, "Host: localhost", ...fields].join("\r\n");
  return `${head}\r\n\r\n0\r\n\r\n${HIDDEN}`;
}
