import assert from "node:assert/strict";

/** Requests and sessions after which the process was gone every time; more make it only surer. */
const LOAD = ["-n", "1600", "-c", "40", "-m", "10"];

/** Rounds with a collection after each. */
const ROUNDS = 3;

/** The runtime's own server, without anything of ours, that collects garbage all the time: without, it dies less surely. */
const SERVER = `
import { createSecureServer } from "node:http2";
const [cert, key] = Deno.args.map((file) => Deno.readTextFileSync(file));
const server = createSecureServer({ cert, key });
server.on("sessionError", () => {});
server.on("stream", (stream) => {
  stream.on("error", () => {});
  stream.respond({ ":status": 200 });
  stream.end("hello");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
setInterval(() => gc(), 300);
`;

const FIXTURE = new URL("../fixtures/self_signed/", import.meta.url);

// Once it passes, HTTP/2 can be offered: src/decisions/0010-http2-from-callers.md.
Deno.test.ignore(
  "the runtime's HTTP/2 survives a garbage collection (needs h2load)",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const file = `${folder}/server.js`;
      await Deno.writeTextFile(file, SERVER);
      const server = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--v8-flags=--expose-gc", file],
          ...["cert.pem", "key.pem"].map((name) =>
            new URL(name, FIXTURE).pathname
          ),
        ],
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const reader = server.stdout.pipeThrough(new TextDecoderStream())
        .getReader();
      const port = Number((await reader.read()).value);
      let isServed = true;
      for (let round = 0; round < ROUNDS; round++) {
        const { stdout } = await new Deno.Command("h2load", {
          args: [...LOAD, `https://127.0.0.1:${port}/`],
        }).output();
        isServed &&= /1600 succeeded/.test(new TextDecoder().decode(stdout));
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
      try {
        server.kill();
      } catch {
        // It is dead already; its signal tells.
      }
      const { signal } = await server.status;
      await reader.cancel();
      assert.equal(signal, "SIGTERM");
      assert.ok(isServed);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
