/** Requests that two readers could take for different ones, so that the second hides behind the first. */
import { type AttackCase, type AttackKind, expect } from "../case.ts";
import {
  AMBIGUOUS,
  CHUNKED,
  CHUNKS,
  HIDDEN,
  POST,
} from "../ambiguous_messages.ts";
import { fieldOf, type Recorded } from "../recording_origin.ts";
import { ask, say, statuses, told } from "../say.ts";
import type { AttackStage } from "../stage.ts";

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

function listOf(seen: readonly Recorded[]): string {
  return JSON.stringify(
    seen.map(({ method, target, body }) =>
      `${method} ${target} ${body.slice(0, 100)}`
    ),
  );
}
