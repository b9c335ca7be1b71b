/** Requests that two readers could take for different ones, so that the second hides behind the first. */
import { type AttackCase, type AttackKind, expect } from "../case.ts";
import { fieldOf, type Recorded } from "../recording_origin.ts";
import { ask, say, statuses, told } from "../say.ts";
import type { AttackStage } from "../stage.ts";

/** What must never reach the origin as a request of its own. */
const HIDDEN = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
const CHUNKED = "Transfer-Encoding: chunked";
const POST = "POST /front";

/** Heads that leave open where their body ends, or what a field says. */
const AMBIGUOUS: Readonly<Record<string, string>> = {
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
const CHUNKS: Readonly<Record<string, string>> = {
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

/** Hosts that two readers could take for different ones. */
const HOSTS: Readonly<Record<string, readonly string[]>> = {
  "two hosts": ["Host: a", "Host: b"],
  "the same host twice": ["Host: a", "Host: a"],
  "no host": [],
  "a host with a path": ["Host: a/b"],
  "a host with a user": ["Host: user@a"],
  "a host with a space": ["Host: a b"],
  "a list of hosts": ["Host: a, b"],
  "a host with a port of letters": ["Host: a:b"],
};

/** All about framing. */
export const SMUGGLING: AttackKind = {
  kind: "smuggling",
  cases: [
    {
      name: `${Object.keys(AMBIGUOUS).length} ambiguous heads`,
      expects:
        "a refusal of each, the end of its connection, and an origin that hears nothing of it",
      isQuick: true,
      run: (stage) => refusesAll(stage, AMBIGUOUS),
    },
    {
      name: `${Object.keys(CHUNKS).length} broken bodies in chunks`,
      expects:
        "the end of each connection, and no hidden request at the origin",
      isQuick: true,
      run: (stage) =>
        refusesAll(
          stage,
          Object.fromEntries(
            Object.entries(CHUNKS).map(([name, body]) => [
              name,
              `${POST} HTTP/1.1\r\nHost: localhost\r\n${CHUNKED}\r\n\r\n${body}`,
            ]),
          ),
          true,
        ),
    },
    {
      name: `${Object.keys(HOSTS).length} odd hosts on a management path`,
      expects: "400 bad_host",
      isQuick: true,
      run: refusesHosts,
    },
    {
      name: "an absolute target that names another host than Host does",
      expects: "one host for everybody: that of the target (RFC 9112, 3.2.2)",
      run: saysOneHost,
    },
    wholeBody(
      "chunk extensions",
      `4;a=b\r\nfour\r\n5;x="y"\r\nfives\r\n0\r\n\r\n`,
      "fourfives",
    ),
    wholeBody(
      "sizes with leading zeros",
      "0004\r\nfour\r\n000\r\n\r\n",
      "four",
    ),
    wholeBody(
      "sizes in capital letters",
      `A\r\n0123456789\r\n0\r\n\r\n`,
      "0123456789",
    ),
    {
      name:
        "a trailer that claims to be a length, a host and a forwarding field",
      expects: "none of these as a field of the request at the origin",
      run: dropsTrailer,
    },
    {
      name: "a request that hides in the body of another",
      expects: "one request at the origin, with it all as its body",
      run: async (stage) => {
        const { port } = await stage.server();
        stage.origin.taken();
        const heard = await say(port, ask(POST, [], HIDDEN));
        const seen = stage.origin.taken();
        expect(
          statuses(heard).join() === "200" && seen.length === 1 &&
            seen[0]?.body === HIDDEN,
          () => `${told(heard)}; the origin: ${listOf(seen)}`,
        );
      },
    },
    {
      name: "an expectation and a body that comes without waiting",
      expects: "one request, whatever 100-continue says",
      run: async (stage) => {
        const { port } = await stage.server();
        stage.origin.taken();
        await say(port, ask(POST, ["Expect: 100-continue"], HIDDEN));
        const seen = stage.origin.taken();
        expect(
          seen.length === 1 && seen[0]?.body === HIDDEN,
          () => `at the origin: ${listOf(seen)}`,
        );
      },
    },
    {
      name: "an upgrade to HTTP/2 in clear text, and its preface",
      expects:
        "no HTTP2-Settings and no Upgrade at the origin, and no answer to the preface",
      run: refusesH2c,
    },
  ],
};

async function refusesAll(
  stage: AttackStage,
  texts: Readonly<Record<string, string>>,
  mayBegin = false,
): Promise<void> {
  const server = await stage.server();
  stage.origin.taken();
  for (const [name, text] of Object.entries(texts)) {
    const heard = await say(server.port, text);
    const [first, ...more] = statuses(heard);
    const isRefused = first === undefined ? mayBegin : first >= 400;
    const seen = stage.origin.taken();
    expect(
      isRefused && more.length === 0 && heard.isClosed &&
        seen.every(({ target }) => target !== "/smuggled") &&
        (mayBegin || seen.length === 0),
      () => `after ${name}: ${told(heard)}; the origin: ${listOf(seen)}`,
    );
  }
  await server.isWell();
}

async function refusesHosts(stage: AttackStage): Promise<void> {
  const { port } = await stage.server();
  for (const [name, lines] of Object.entries(HOSTS)) {
    const head = ["GET /health HTTP/1.1", ...lines, "Connection: close"];
    const heard = await say(port, `${head.join("\r\n")}\r\n\r\n`);
    expect(
      statuses(heard).join() === "400",
      () => `after ${name}: ${told(heard)}`,
    );
  }
}

async function saysOneHost(stage: AttackStage): Promise<void> {
  const { port } = await stage.server();
  stage.origin.taken();
  const heard = await say(
    port,
    "GET http://target.example/x HTTP/1.1\r\nHost: field.example\r\nConnection: close\r\n\r\n",
  );
  const [seen] = stage.origin.taken();
  expect(
    statuses(heard).join() === "200" && seen !== undefined &&
      fieldOf(seen.head, "host") === "target.example" &&
      !seen.head.includes("field.example"),
    () => `${told(heard)}; the origin: ${seen?.head}`,
  );
}

async function dropsTrailer(stage: AttackStage): Promise<void> {
  const { port } = await stage.server();
  stage.origin.taken();
  const trailer =
    "Content-Length: 99\r\nHost: evil\r\nX-Forwarded-For: 1.2.3.4";
  const heard = await say(
    port,
    `${POST} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${CHUNKED}\r\n\r\n0\r\n${trailer}\r\n\r\n`,
  );
  const seen = stage.origin.taken();
  const told400 = statuses(heard)[0] === 400;
  expect(
    told400 || seen.length === 1 && !/99|evil|1\.2\.3\.4/.test(seen[0]!.head),
    () => `${told(heard)}; the origin: ${listOf(seen)}`,
  );
}

async function refusesH2c(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  stage.origin.taken();
  await say(
    server.port,
    ask("GET /h2c", [
      "Upgrade: h2c",
      "Connection: Upgrade, HTTP2-Settings",
      "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    ]),
    { answers: 1 },
  );
  const [seen] = stage.origin.taken();
  expect(
    seen === undefined || !/h2c\r|http2-settings/i.test(seen.head),
    () => `at the origin: ${seen?.head}`,
  );
  const heard = await say(server.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  expect(
    statuses(heard).every((status) => status >= 400) && heard.isClosed,
    () => told(heard),
  );
}

function wholeBody(name: string, body: string, wanted: string): AttackCase {
  return {
    name,
    expects: "the body that is meant, and nothing else, at the origin",
    run: async (stage) => {
      const { port } = await stage.server();
      stage.origin.taken();
      const heard = await say(
        port,
        `${POST} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${CHUNKED}\r\n\r\n${body}`,
      );
      const seen = stage.origin.taken();
      expect(
        seen.length === 1 && seen[0]?.body === wanted,
        () => `${told(heard)}; the origin: ${listOf(seen)}`,
      );
    },
  };
}

/** A request with a body in one chunk, which is a hidden request to whoever goes by a length. */
function framed(
  fields: readonly string[],
  start = `${POST} HTTP/1.1`,
): string {
  const head = [start, "Host: localhost", ...fields].join("\r\n");
  return `${head}\r\n\r\n0\r\n\r\n${HIDDEN}`;
}

function listOf(seen: readonly Recorded[]): string {
  return JSON.stringify(
    seen.map(({ method, target, body }) =>
      `${method} ${target} ${body.slice(0, 100)}`
    ),
  );
}
