import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:http2";
import {
  answering,
  answerTo,
  ask,
  Http2Stage,
  http2Test,
  isWholeRequest,
  say,
  until,
} from "./http2_stage.ts";
import { bytesOf } from "../traffic.ts";

http2Test(
  "a request is a connection with one request, and its response ends the stream",
  async () => {
    await using stage = new Http2Stage(
      answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: 2\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\r\nhello",
      ),
    );
    const caller = await stage.call();
    const answer = await answerTo(
      ask(caller, {
        ":path": "/a?b=c",
        cookie: ["a=1", "b=2"],
        te: "trailers",
        "x-mark": "1",
      }),
    );
    const { port } = stage.listening;
    const { recorder } = await stage.stream();
    assert.equal(
      recorder.text,
      [
        "GET /a?b=c HTTP/1.1",
        `host: localhost:${port}`,
        "te: trailers",
        "x-mark: 1",
        "cookie: a=1; b=2",
        "connection: close",
        "\r\n",
      ].join("\r\n"),
    );
    assert.equal(answer.body.toString(), "hello");
    assert.equal(answer.headers[":status"], 200);
    assert.equal(answer.headers["x-a"], "1, 2");
    assert.equal(answer.headers.connection, undefined);
    assert.equal(answer.headers["x-hop"], undefined);
    assert.equal(answer.headers["keep-alive"], undefined);
    assert.ok(answer.isWhole);
    assert.equal(answer.rstCode, constants.NGHTTP2_NO_ERROR);
  },
);

http2Test(
  "a body comes as chunks while it is sent, and the trailers of both directions arrive",
  async () => {
    await using stage = new Http2Stage(
      answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 7\r\n\r\n",
      ),
    );
    const caller = await stage.call();
    const stream = ask(caller, { ":method": "POST" }, { endStream: false });
    const sent = caller.request({
      ":method": "POST",
      ":path": "/t",
      trailer: "x-request-sum",
    }, { waitForTrailers: true });
    sent.on("wantTrailers", () => sent.sendTrailers({ "x-request-sum": "9" }));
    const second = answerTo(sent);
    const first = answerTo(stream);
    stream.write("one");
    const { recorder } = await stage.stream(0);
    await until(() => recorder.text.endsWith("3\r\none\r\n"));
    stream.end("two");
    sent.end("three");
    const answer = await first;
    assert.ok(recorder.text.endsWith("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
    assert.equal(answer.body.toString(), "hello world");
    assert.equal(answer.trailers["x-sum"], "7");
    await second;
    const other = (await stage.stream(1)).recorder.text;
    assert.ok(other.endsWith("5\r\nthree\r\n0\r\nx-request-sum: 9\r\n\r\n"));
  },
);

http2Test(
  "a chunked response without trailers ends like any other",
  async () => {
    await using stage = new Http2Stage(
      answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      ),
    );
    const caller = await stage.call();
    const answer = await answerTo(ask(caller, {}));
    assert.equal(answer.body.toString(), "ok");
    assert.ok(answer.isWhole);
    assert.equal(answer.rstCode, constants.NGHTTP2_NO_ERROR);
  },
);

http2Test(
  "an announced length goes on as it is, and interim responses come first",
  async () => {
    await using stage = new Http2Stage(({ socket, recorder }) => {
      let hasContinued = false;
      return {
        onBytes: () => {
          if (!hasContinued) {
            hasContinued = true;
            say(socket, "HTTP/1.1 100 Continue\r\n\r\n");
            say(
              socket,
              "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n",
            );
          }
          if (!isWholeRequest(recorder.text)) return;
          say(socket, "HTTP/1.1 204 No Content\r\n\r\n");
          socket.close();
        },
      };
    });
    const caller = await stage.call();
    const stream = ask(caller, {
      ":method": "POST",
      "content-length": 4,
      expect: "100-continue",
    }, { endStream: false });
    const hints: unknown[] = [];
    stream.on(
      "headers",
      (fields) => hints.push(fields[":status"], fields.link),
    );
    const answered = answerTo(stream);
    await once(stream, "continue");
    stream.end("body");
    const answer = await answered;
    assert.equal(answer.headers[":status"], 204);
    assert.ok(answer.isWhole);
    assert.deepEqual(hints.slice(-2), [103, "</a>, </b>"]);
    const { recorder } = await stage.stream();
    assert.ok(recorder.text.includes("\r\ncontent-length: 4\r\n"));
    assert.ok(!recorder.text.includes("transfer-encoding"));
    assert.ok(recorder.text.endsWith("\r\n\r\nbody"));
  },
);

http2Test("HEAD has no body whatever its response announces", async () => {
  await using stage = new Http2Stage(
    answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
  );
  const caller = await stage.call();
  const answer = await answerTo(ask(caller, { ":method": "HEAD" }));
  assert.equal(answer.headers["content-length"], "5");
  assert.equal(answer.body.length, 0);
  assert.ok(answer.isWhole);
});

http2Test(
  "each piece of an event stream arrives before the next is written",
  async () => {
    await using stage = new Http2Stage(({ socket }) => ({
      onBytes: () =>
        say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    }));
    const caller = await stage.call();
    const stream = ask(caller, {});
    await once(stream, "response");
    const { socket } = await stage.stream();
    for (let i = 0; i < 5; i++) {
      say(socket, `8\r\ndata: ${i}\n\r\n`);
      const [piece] = await once(stream, "data");
      assert.equal(String(piece), `data: ${i}\n`);
    }
    const ended = once(stream, "end");
    say(socket, "0\r\n\r\n");
    socket.close();
    await ended;
  },
);

http2Test(
  "fifty streams of one connection are served side by side",
  async () => {
    const waiting: (() => void)[] = [];
    await using stage = new Http2Stage(({ socket, recorder }) => ({
      onBytes: () => {
        const path = recorder.text.split(" ")[1] ?? "";
        waiting.push(() => {
          say(
            socket,
            `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`,
          );
          socket.close();
        });
        if (waiting.length === 50) {
          for (const answer of waiting.reverse()) answer();
        }
      },
    }));
    const caller = await stage.call();
    const answers = await Promise.all(
      Array.from(
        { length: 50 },
        (_, i) => answerTo(ask(caller, { ":path": `/${i}` })),
      ),
    );
    assert.deepEqual(
      answers.map(({ body }) => body.toString()),
      Array.from({ length: 50 }, (_, i) => `/${i}`),
    );
  },
);

http2Test(
  "octets beyond ASCII are the same octets on the other side",
  async () => {
    const value = Uint8Array.of(0x61, 0xe9, 0xff, 0x62);
    await using stage = new Http2Stage(({ socket }) => ({
      onBytes: () => {
        const head = bytesOf("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Odd: ");
        const bytes = Uint8Array.of(...head, ...value, 13, 10, 13, 10);
        socket.write(bytes, 0, bytes.length);
        socket.close();
      },
    }));
    const caller = await stage.call();
    const answer = await answerTo(ask(caller, { "x-odd": "a\xe9\xffb" }));
    const { recorder } = await stage.stream();
    const at = recorder.text.indexOf("x-odd: ");
    console.log(
      recorder.bytes.slice(at, at + 14),
      [...String(answer.headers["x-odd"])].map((c) => c.charCodeAt(0)),
    );
  },
);
