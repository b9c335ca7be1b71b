import assert from "node:assert/strict";
import fc from "fast-check";
import { createLogger, type LogOptions } from "../../src/log/create_logger.ts";
import { LOG_LEVELS } from "../../src/log/log_level.ts";
import type { Logger } from "../../src/ports.ts";
import { MemoryStream } from "./memory_stream.ts";

const AT_MS = Date.UTC(2026, 10, 20, 16, 4, 0, 123);
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

Deno.test("a text line has time, level, module, message and data", async () => {
  const { logger, stream } = fixedLogger({ level: "info" });
  logger.child("store").info("Backend registered", {
    client_id: "a-1",
    hostname: "two words",
    cores: 4,
    gpus: [],
  });
  await logger.flush();
  assert.deepEqual(stream.lines, [
    `2026-11-20T16:04:00.123Z INFO  store: Backend registered client_id=a-1 hostname="two words" cores=4 gpus=[]`,
  ]);
});

Deno.test("a level that is changed holds for every module at once", async () => {
  const { logger, stream } = fixedLogger({ level: "warn" });
  const store = logger.child("store");
  store.info("unheard");
  logger.setLevel("info");
  store.info("heard");
  logger.setLevel("error");
  store.warn("unheard again");
  await logger.flush();
  assert.equal(stream.lines.length, 1);
  assert.match(stream.lines[0] ?? "", /store: heard$/);
});

Deno.test("a JSON line has timestamp, level, module, line, message and data, also when there is none", async () => {
  const { logger, stream } = fixedLogger({ level: "info", json: true });
  const said = sayTwice(logger);
  await logger.flush();
  assert.deepEqual(stream.lines, [
    `{"timestamp":"2026-11-20T16:04:00.123Z","level":"warn","module":"store","line":"tests/log/create_logger_test.ts:${said}","message":"Backend is slow","data":{"latencyMs":12.5}}`,
    `{"timestamp":"2026-11-20T16:04:00.123Z","level":"error","module":"opsen","line":"tests/log/create_logger_test.ts:${
      said + 1
    }","message":"It failed","data":{}}`,
  ]);
});

Deno.test("every level says where it was said, also after waiting and from a timer", async () => {
  const { logger, stream } = fixedLogger({ level: "debug", json: true });
  for (const level of LOG_LEVELS) logger.child("a").child("b")[level]("Here");
  await Promise.resolve();
  logger.info("Later");
  await new Promise<void>((resolve) =>
    setTimeout(() => {
      logger.warn("From a timer");
      resolve();
    })
  );
  await logger.flush();
  assert.equal(stream.lines.length, LOG_LEVELS.length + 2);
  for (const line of stream.lines) {
    assert.match(
      JSON.parse(line).line,
      /^tests\/log\/create_logger_test\.ts:\d+$/,
    );
  }
});

Deno.test("a text line says where it was said at level debug alone", async () => {
  for (const level of ["debug", "info"] as const) {
    const { logger, stream } = fixedLogger({ level });
    logger.info("Here", { a: 1 });
    await logger.flush();
    const place = / a=1 \(tests\/log\/create_logger_test\.ts:\d+\)$/;
    assert.equal(place.test(stream.lines[0] ?? ""), level === "debug");
  }
});

Deno.test("finding out where leaves the stacks of errors as they were", () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 7;
    fixedLogger({ level: "debug", json: true }).logger.info("Here");
    assert.equal(Error.prepareStackTrace, prepareStackTrace);
    assert.equal(Error.stackTraceLimit, 7);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  assert.match(new Error("x").stack ?? "", /^Error: x\n +at /);
});

for (const [threshold, level] of LOG_LEVELS.entries()) {
  Deno.test(`at level ${level} that level and the louder ones are printed`, async () => {
    const { logger, stream } = fixedLogger({ level, json: true });
    for (const name of LOG_LEVELS) logger[name](name);
    await logger.flush();
    assert.deepEqual(
      stream.lines.map((line) => JSON.parse(line).level),
      LOG_LEVELS.slice(threshold),
    );
  });
}

Deno.test("several loggers of one process keep their own levels and streams", async () => {
  const quiet = fixedLogger({ level: "error" });
  const loud = fixedLogger({ level: "debug", json: true });
  quiet.logger.info("Not this");
  loud.logger.debug("This");
  await Promise.all([quiet.logger.flush(), loud.logger.flush()]);
  assert.equal(quiet.stream.text, "");
  assert.equal(loud.stream.lines.length, 1);
});

Deno.test("levels are coloured on a terminal only", async () => {
  for (
    const [isTerminal, colour] of [[true, true], [false, undefined]] as const
  ) {
    const stream = new MemoryStream(isTerminal);
    await using logger = createLogger({ level: "info", stream, colour });
    logger.fatal("It ended");
    await logger.flush();
    assert.equal(stream.text.includes("\x1b[97;41mFATAL\x1b[0m"), isTerminal);
  }
});

Deno.test("NO_COLOR turns colour off on a terminal", async () => {
  const stream =
    "{ write: (b) => Deno.stdout.write(b), isTerminal: () => true }";
  const source = `import { createLogger } from ${
    JSON.stringify(urlOf("create_logger.ts"))
  };
    createLogger({ level: "info", stream: ${stream} }).warn("Look");`;
  for (const [NO_COLOR, isColoured] of [["1", false], ["", true]] as const) {
    const { stdout } = await run(source, { NO_COLOR });
    assert.equal(
      stdout.includes("\x1b[33m"),
      isColoured,
      `NO_COLOR=${NO_COLOR}: ${stdout}`,
    );
  }
});

Deno.test("with the level debug an error brings its stack, on lines that can't pass for events", async () => {
  const { logger, stream } = fixedLogger({ level: "debug" });
  const error = new TypeError(
    "Bad\n2026-11-20T16:04:00.123Z INFO  opsen: Forged",
  );
  logger.error("It failed", { error });
  await logger.flush();
  const [first, ...rest] = stream.lines;
  assert.ok(
    first?.includes(
      String
        .raw`error="TypeError: Bad\n2026-11-20T16:04:00.123Z INFO  opsen: Forged"`,
    ),
    first,
  );
  assert.ok(rest.length >= 2);
  for (const line of rest) assert.ok(line.startsWith("    | "), line);
});

Deno.test("below the level debug an error brings no stack", async () => {
  for (const json of [false, true]) {
    const { logger, stream } = fixedLogger({ level: "info", json });
    logger.error("It failed", {
      error: new TypeError("Bad", {
        cause: new Deno.errors.NotFound("No file"),
      }),
    });
    await logger.flush();
    assert.equal(stream.lines.length, 1);
    assert.ok(
      stream.text.includes("TypeError: Bad, caused by NotFound: No file"),
      stream.text,
    );
  }
});

Deno.test("whatever is logged, one event is one line that hides nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyText(),
      fc.dictionary(
        anyText(),
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
        }),
      ),
      fc.boolean(),
      async (message, data, json) => {
        const { logger, stream } = fixedLogger({ level: "info", json });
        logger.info(message, data);
        await logger.flush();
        assert.equal(stream.lines.length, 1);
        const line = stream.lines[0] ?? "";
        assert.ok(!INVISIBLE.test(line), JSON.stringify(line));
        if (json) assert.equal(JSON.parse(line).level, "info");
      },
    ),
  );
});

Deno.test("hostile data makes no log throw", async () => {
  const trap = () => {
    throw new Error("Trap");
  };
  const { logger, stream } = fixedLogger({ level: "debug" });
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  logger.info(
    "Getter",
    Object.defineProperty({}, "a", { enumerable: true, get: trap }),
  );
  logger.info("Proxy", {
    a: new Proxy({}, { ownKeys: trap, getPrototypeOf: trap }),
  });
  logger.info("Circle", { circle });
  logger.info("Text", {
    a: { toString: trap, toJSON: trap, [Symbol.toPrimitive]: trap },
  });
  await logger.flush();
  assert.equal(stream.lines.length, 4);
  assert.match(stream.text, /Getter a="\[unreadable\]"/);
});

Deno.test("a huge value costs no more than one bounded line", async () => {
  const { logger, stream } = fixedLogger({ level: "info", json: true });
  const huge = Array.from(
    { length: 10_000 },
    (_, i) => ({ ["n".repeat(1000) + i]: "x".repeat(100_000) }),
  );
  logger.info("m".repeat(100_000), { huge, more: huge });
  await logger.flush();
  assert.ok(stream.text.length < 40_000, `${stream.text.length} characters`);
  assert.equal(
    JSON.parse(stream.text).message.endsWith("… (100000 characters)"),
    true,
  );
});

Deno.test("a reader of standard error that goes away stops nothing", async () => {
  const source = `import { createLogger } from ${
    JSON.stringify(urlOf("create_logger.ts"))
  };
    const logger = createLogger({ level: "info" });
    for (let i = 0; i < 50; i++) {
      logger.info("Line", { i });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await logger.flush();
    console.log("done");
    Deno.exit(3);`;
  const child = spawn(source, {});
  await child.stderr.cancel();
  const stdout = await new Response(child.stdout).text();
  assert.equal(stdout, "done\n");
  assert.equal((await child.status).code, 3);
});

Deno.test("lines that were flushed are there after Deno.exit", async () => {
  const source = `import { createLogger } from ${
    JSON.stringify(urlOf("create_logger.ts"))
  };
    const logger = createLogger({ level: "info" });
    for (let i = 0; i < 1000; i++) logger.info("Line", { i });
    await logger.flush();
    Deno.exit(0);`;
  const { stderr } = await run(source, {});
  assert.equal(stderr.split("\n").length, 1001);
  assert.ok(stderr.trimEnd().endsWith("i=999"));
});

function fixedLogger(options: LogOptions) {
  const stream = new MemoryStream();
  return {
    stream,
    logger: createLogger({ stream, wallMs: () => AT_MS, ...options }),
  };
}

/** Says two lines; the line of this file in which it says the first. */
function sayTwice(logger: Logger): number {
  const own = /create_logger_test\.ts:(\d+)/.exec(new Error().stack ?? "");
  logger.child("store").warn("Backend is slow", { latencyMs: 12.5 });
  logger.error("It failed");
  return Number(own?.[1]) + 1;
}

function anyText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("__proto__", "a\nb", "\u202e", "\ud800", "\x1b[2J"),
  );
}

function urlOf(file: string): string {
  return new URL(`../../src/log/${file}`, import.meta.url).href;
}

function spawn(source: string, env: Record<string, string>): Deno.ChildProcess {
  const url = `data:application/typescript,${encodeURIComponent(source)}`;
  const args = ["run", "-A", "--no-config", "--no-lock", url];
  return new Deno.Command(Deno.execPath(), {
    args,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function run(
  source: string,
  env: Record<string, string>,
): Promise<{ stdout: string; stderr: string }> {
  const { stdout, stderr } = await spawn(source, env).output();
  return {
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}
