/** Messages that the fuzzer starts from: ordinary ones of browsers, load generators, proxies and odd but valid ones. */

/** Request heads. */
export const REQUESTS: readonly [string, ...string[]] = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /a?b=c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  "\r\nPOST /x HTTP/1.1\r\nHost: a.example:8080\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
  "PUT /x HTTP/1.1\r\nhost:a\r\ntransfer-encoding:\tchunked \r\nTE: trailers\r\nTrailer: X-T\r\n\r\n0\r\n\r\n",
  "GET http://b.example?q HTTP/1.1\r\nHost: [::1]:80\r\nVia: 1.1 x\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close, X-A, x-b\r\nX-A: 1\r\nX-B:\r\nX-C: \xe9\r\n\r\n",
  "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nProxy-Connection: x\r\n\r\nabc",
];

/** Response heads. */
export const RESPONSES: readonly [string, ...string[]] = [
  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok",
  "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n",
  "HTTP/1.0 404 Not Found\r\nConnection: keep-alive, X-A\r\nX-A: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x00",
  'HTTP/1.1 304 \r\nContent-Length: 5\r\nContent-Length: 05\r\nETag: "\xff"\r\n\r\n',
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 599 x\r\n\r\n",
];

/** Chunked bodies. */
export const BODIES: readonly [string, ...string[]] = [
  "5\r\nhello\r\n0\r\n\r\n",
  "0\r\n\r\nGET / HTTP/1.1\r\n",
  '00a\r\n0123456789\r\n1;a=b;c="d"\r\nx\r\n0;z\r\n\r\n',
  "3\r\nabc\r\n0\r\nX-T: 1\r\nTrailer-Two:\t2 \r\nContent-Length: 9\r\nX-Last:\r\n\r\nrest",
  "2\r\n\r\n\r\n7\r\n0\r\n\r\nab\r\n000\r\nHost: a\r\n\r\n",
];

/** Several requests on one connection. */
export const STREAMS: readonly [string, ...string[]] = [
  "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n\r\nGET /hidden HTTP/1.1\r\nHost: hidden\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nX: 1\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
];
