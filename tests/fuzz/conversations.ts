/** Conversations that the fuzzer starts from: requests, a separator, what the origin answers to each. */
import { REQUESTS, STREAMS } from "./examples.ts";

/** Between what the caller and what the origin says. */
export const SEPARATOR = "\n====\n";

/** What origins say. */
const ANSWERS = {
  length:
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok",
  chunked:
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: X-A\r\nX-A: b\r\n\r\n5;x\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
  close: "HTTP/1.0 200 OK\r\nX-B: \xe9\r\n\r\nuntil the end",
  interim:
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
  empty: "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n",
  unchanged:
    'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n',
  last: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbye",
  events:
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n",
  switching:
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x02hi",
} as const;

const UPGRADE =
  "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** All of them. */
export const CONVERSATIONS: readonly [string, ...string[]] = [
  `GET / HTTP/1.1\r\nHost: a\r\n\r\n${SEPARATOR}${ANSWERS.length}`,
  ...Object.values(ANSWERS).flatMap((answer) =>
    [
      "GET /a HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\n\r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
      'POST /a?tier=large HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n\r\n{"tier":"small","client_lat":1.5}    GET /_opsen HTTP/1.1\r\nHost: a\r\n\r\n',
      "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\nDELETE / HTTP/1.1\r\nHost: a\r\nX-Tier: none\r\n\r\n",
      `${UPGRADE}\x81\x05hello`,
    ].map((request) => `${request}${SEPARATOR}${answer}`)
  ),
  ...[...REQUESTS, ...STREAMS].map((request) =>
    `${request}${SEPARATOR}${ANSWERS.chunked}`
  ),
];
