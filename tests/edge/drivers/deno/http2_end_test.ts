import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:http2";
import { pattern, settled } from "../traffic.ts";
import {
  answering,
  answerTo,
  ask,
  Http2Stage,
  http2Test,
  say,
  until,
} from "./http2_stage.ts";

/** Soon enough for a backend to stop working for nobody. */
const SOON_MS = 100;

http2Test(
  "who resets its stream is gone at once, in whatever state it is",
  async () => {
    await using stage = new Http2Stage(({ socket, recorder }) => ({
      onBytes: () => {
        if (recorder.text.startsWith("GET /headers ")) {
          say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        }
        if (recorder.text.startsWith("GET /paused ")) socket.pause(true);
      },
    }));
    const caller = await stage.call();
    const cases = ["/silent", "/headers", "/paused", "/upload"];
    for (const [i, path] of cases.entries()) {
      const isUpload = path === "/upload";
      const method = isUpload ? "POST" : "GET";
      const stream = ask(caller, { ":path": path, ":method": method }, {
        endStream: !isUpload,
      });
      if (isUpload) stream.write("some");
      const { recorder } = await stage.stream(i);
      await until(() => recorder.byteCount > 0);
      if (path === "/headers") await once(stream, "response");
      stream.close(constants.NGHTTP2_CANCEL);
      const start = performance.now();
      await recorder.untilEvent("gone:reset");
      const took = performance.now() - start;
      assert.ok(took < SOON_MS, `${path}: gone after ${took} ms`);
    }
  },
);

http2Test(
  "who leaves with its whole connection is gone at once, with every stream",
  async () => {
    for (const way of ["destroy", "goaway"] as const) {
      await using stage = new Http2Stage(() => ({}));
      const caller = await stage.call();
      ask(caller, { ":path": "/1" });
      ask(caller, { ":path": "/2", ":method": "POST" }, { endStream: false });
      const first = await stage.stream(0);
      const second = await stage.stream(1);
      switch (way) {
        case "destroy":
          caller.destroy();
          break;
        case "goaway":
          caller.destroy(undefined, constants.NGHTTP2_INTERNAL_ERROR);
      }
      const start = performance.now();
      await first.recorder.untilEvent("gone:reset");
      await second.recorder.untilEvent("gone:reset");
      const took = performance.now() - start;
      assert.ok(took < SOON_MS, `${way}: gone after ${took} ms`);
    }
  },
);

http2Test("a response that is cut off is reset, never ended", async () => {
  const beginnings = [
    "",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome",
    "HTTP/1.1 200 OK\r\n\r\nsome",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
  ];
  for (const way of ["abort", "close"] as const) {
    for (const isLate of [false, true]) {
      let turn = 0;
      await using stage = new Http2Stage(({ socket }) => ({
        onBytes: () => {
          say(socket, beginnings[turn++] ?? "");
          if (isLate) setTimeout(() => socket[way](), 20);
          else socket[way]();
        },
      }));
      const caller = await stage.call();
      for (const beginning of beginnings) {
        const { rstCode, isWhole } = await answerTo(ask(caller, {}));
        const isDelimitedByEnd = way === "close" &&
          beginning === "HTTP/1.1 200 OK\r\n\r\nsome";
        const what = `${way} ${isLate} ${JSON.stringify(beginning)}`;
        assert.equal(
          rstCode,
          isDelimitedByEnd
            ? constants.NGHTTP2_NO_ERROR
            : constants.NGHTTP2_INTERNAL_ERROR,
          what,
        );
        assert.equal(isWhole && rstCode === 0, isDelimitedByEnd, what);
      }
    }
  }
});

http2Test("what is no response is a reset", async () => {
  const responses = [
    "nonsense\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ];
  let turn = 0;
  await using stage = new Http2Stage(({ socket }) => ({
    onBytes: () => say(socket, responses[turn++] ?? ""),
  }));
  const caller = await stage.call();
  for (const [i, response] of responses.entries()) {
    const { rstCode } = await answerTo(ask(caller, {}));
    assert.equal(rstCode, constants.NGHTTP2_INTERNAL_ERROR, response);
    const { recorder } = await stage.stream(i);
    await recorder.untilEvent("gone:reset");
  }
});

http2Test(
  "a machine that fails has its stream reset, and the log tells",
  async () => {
    await using stage = new Http2Stage(() => ({
      onBytes: () => {
        throw new Error("broken");
      },
    }));
    const caller = await stage.call();
    const { rstCode } = await answerTo(ask(caller, {}));
    assert.equal(rstCode, constants.NGHTTP2_INTERNAL_ERROR);
    assert.equal(stage.logger.lines.length, 1);
  },
);

http2Test(
  "an answer before the request is whole arrives whole, and the rest is refused",
  async () => {
    await using stage = new Http2Stage(({ socket }) => {
      let isAnswered = false;
      return {
        onBytes: () => {
          if (isAnswered) return;
          isAnswered = true;
          say(socket, "HTTP/1.1 413 Large\r\nContent-Length: 3\r\n\r\nbig");
          socket.close();
        },
      };
    });
    const caller = await stage.call();
    const stream = ask(caller, { ":method": "POST" }, { endStream: false });
    stream.write(pattern(300_000));
    const [headers] = await once(stream, "response");
    assert.equal(headers[":status"], 413);
    const ended = once(stream, "end");
    stream.resume();
    await ended;
    assert.equal(stream.rstCode, constants.NGHTTP2_NO_ERROR);
  },
);

http2Test(
  "a caller that does not read holds writing back, and gets all in the end",
  async () => {
    const body = pattern(6_000_000);
    let taken = 0;
    await using stage = new Http2Stage(({ socket }) => {
      const feed = () => {
        while (taken < body.length) {
          const count = socket.write(body, taken, body.length);
          if (count === 0) return;
          taken += count;
        }
        socket.close();
      };
      return {
        onBytes: () => {
          const { length } = body;
          say(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`);
          feed();
        },
        onWritable: feed,
      };
    });
    const caller = await stage.call();
    const stream = ask(caller, {});
    await once(stream, "response");
    await settled();
    assert.ok(taken < 500_000, `${taken} bytes were taken`);
    const answer = await answerTo(stream);
    assert.ok(answer.body.equals(body));
  },
);

http2Test("a machine that does not read holds the upload back", async () => {
  let body = 0;
  await using stage = new Http2Stage(({ socket }) => {
    let isFirst = true;
    return {
      onBytes: (_bytes, start, end) => {
        if (isFirst) socket.pause(true);
        else body += end - start;
        isFirst = false;
      },
    };
  });
  const caller = await stage.call();
  const size = 4_000_000;
  const stream = ask(caller, { ":method": "PUT", "content-length": size }, {
    endStream: false,
  });
  let hasFinished = false;
  stream.on("finish", () => hasFinished = true);
  stream.end(pattern(size));
  const { socket, recorder } = await stage.stream();
  await settled();
  assert.ok(!hasFinished, "all was taken though nobody reads");
  assert.equal(body, 0);
  socket.resume();
  await until(() => body === size);
  assert.ok(!recorder.events.includes("end"), "the request's end is no end");
  say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  socket.close();
  await answerTo(stream);
});

http2Test(
  "closing the listener lets streams end, and the session after them",
  async () => {
    await using stage = new Http2Stage(() => ({}));
    const quiet = await stage.call();
    const caller = await stage.call();
    const answered = answerTo(ask(caller, {}));
    const { socket } = await stage.stream();
    const goodbyes = [once(quiet, "close"), once(caller, "goaway")];
    stage.listening.close();
    await Promise.all(goodbyes);
    const closed = once(caller, "close");
    say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    socket.close();
    assert.equal((await answered).body.toString(), "ok");
    await closed;
  },
);

http2Test(
  "a session without requests says goodbye, one with a request stays",
  async () => {
    await using stage = new Http2Stage(
      answering("HTTP/1.1 204 No Content\r\n\r\n"),
      100,
    );
    const quiet = await stage.call();
    await answerTo(ask(quiet, {}));
    await once(quiet, "close");
  },
);
