import assert from "node:assert/strict";
import {
  DEPTH_MAX,
  LINE_TEXT_LENGTH_MAX,
  plainData,
  TEXT_LENGTH_MAX,
  VALUES_MAX,
} from "../../src/log/plain_data.ts";

Deno.test("values that JSON can't say become text", () => {
  assert.deepEqual(
    plain({
      a: 1n,
      b: NaN,
      c: -Infinity,
      d: Symbol("s"),
      e: () => 1,
      f: null,
      g: true,
    }),
    {
      a: "1",
      b: "NaN",
      c: "-Infinity",
      d: "Symbol(s)",
      e: "[function]",
      f: null,
      g: true,
    },
  );
});

Deno.test("entries that are undefined are left out, in lists they keep their place", () => {
  assert.deepEqual(
    plain({ a: undefined, b: [1, undefined, 2], c: { d: undefined } }),
    { b: [1, null, 2], c: {} },
  );
});

Deno.test("dates, addresses, bytes, maps and sets are readable", () => {
  assert.deepEqual(
    plain({
      date: new Date(0),
      never: new Date(NaN),
      url: new URL("http://127.0.0.1:1/x"),
      bytes: new Uint8Array(3),
      buffer: new ArrayBuffer(2),
      map: new Map([["a", 1]]),
      set: new Set([1, 2]),
    }),
    {
      date: "1970-01-01T00:00:00.000Z",
      never: "[no date]",
      url: "http://127.0.0.1:1/x",
      bytes: "[3 bytes]",
      buffer: "[2 bytes]",
      map: { a: 1 },
      set: [1, 2],
    },
  );
});

Deno.test("an error is its name, code, message and causes", () => {
  const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  assert.deepEqual(
    plain({
      error: new TypeError("Cannot report", {
        cause: new Error("Cannot connect", { cause }),
      }),
    }),
    {
      error:
        "TypeError: Cannot report, caused by Error: Cannot connect, caused by Error (ECONNREFUSED): refused",
    },
  );
  assert.deepEqual(plain({ error: new Error("A", { cause: "text" }) }), {
    error: "Error: A, caused by text",
  });
  assert.deepEqual(
    plain({ error: new AggregateError([new Error("B"), "C"], "A") }),
    {
      error: "AggregateError: A, caused by Error: B, caused by C",
    },
  );
});

Deno.test("an error that is its own cause ends", () => {
  const error = new Error("Round");
  error.cause = error;
  assert.match(
    String(plain({ error })["error"]),
    /^(Error: Round, caused by ){4}Error: Round$/,
  );
});

Deno.test("stacks are kept only when they are wanted, also those of nested errors", () => {
  const data = { attempt: { error: new Error("A") } };
  assert.deepEqual(plainData("", data, { stacks: false }).stacks, []);
  const { stacks } = plainData("", data, { stacks: true });
  assert.equal(stacks.length, 1);
  assert.match(stacks[0] ?? "", /^Error: A\n +at /);
});

Deno.test("long text is cut off and says so", () => {
  const text = String(plain({ text: "x".repeat(TEXT_LENGTH_MAX + 1) })["text"]);
  assert.ok(text.endsWith(`x… (${TEXT_LENGTH_MAX + 1} characters)`));
  assert.equal(text.indexOf("…"), TEXT_LENGTH_MAX);
  assert.deepEqual(plain({ text: "x".repeat(TEXT_LENGTH_MAX) }), {
    text: "x".repeat(TEXT_LENGTH_MAX),
  });
});

Deno.test("all the text of a line is bounded", () => {
  const list = Array.from({ length: 100 }, () => "x".repeat(TEXT_LENGTH_MAX));
  const kept = (plain({ list })["list"] as string[]).map((text) =>
    text.replace(/….*$/, "")
  );
  assert.equal(kept.join("").length, LINE_TEXT_LENGTH_MAX - "list".length);
});

Deno.test("lists and records end when the line is full", () => {
  const list = plain({ list: Array(10_000).fill(1) })["list"] as unknown[];
  assert.equal(list.length, VALUES_MAX);
  assert.equal(list.at(-1), "[and more]");
  const record = plain(
    Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`n${i}`, i])),
  );
  assert.equal(Object.keys(record).length, VALUES_MAX + 1);
  assert.equal(record["…"], "[and more]");
});

Deno.test("a cycle ends at the depth that is followed", () => {
  const list: unknown[] = [];
  list.push(list, { list });
  assert.equal(
    JSON.stringify(plain({ list })).split('"[list]"').length > 1,
    true,
  );
  assert.ok(DEPTH_MAX < 10);
});

Deno.test("an entry named __proto__ is data like any other", () => {
  const data = JSON.parse(`{"__proto__": {"isAdmin": true}}`);
  const values = plain(data);
  assert.deepEqual(Object.keys(values), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(values), Object.prototype);
});

Deno.test("secrets are masked at every depth, in the message, in errors and their stacks", () => {
  const error = new Error("Cannot reach http://me:hunter22@127.0.0.1/");
  const { message, values, stacks } = plainData("Sent Bearer abcdefgh123", {
    config: {
      server_key: "hunter22",
      apiKeys: ["hunter22"],
      list: [{ password: "hunter22" }],
    },
    header: new Map([["authorization", "hunter22"]]),
    error,
  }, { stacks: true });
  const all = JSON.stringify([message, values, stacks]);
  assert.ok(!all.includes("hunter22") && !all.includes("abcdefgh123"), all);
  assert.equal(message, "Sent Bearer ***");
});

function plain(data: Record<string, unknown>) {
  return plainData("", data, { stacks: false }).values;
}
