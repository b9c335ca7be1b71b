import assert from "node:assert/strict";
import * as formats from "../../src/config/text_format.ts";
import type { TextFormat } from "../../src/config/text_format.ts";

const {
  ANY_TEXT,
  ENDPOINT_PLACE,
  FIELD_NAME,
  HOST,
  HOST_AND_PORT,
  HTTP_URL,
  ID,
  INSTANT,
  NAME,
  orEmpty,
  ORIGIN,
  PATH,
  PATH_PREFIX,
  SECRET,
  URL_PATH,
} = formats;

/** A format with texts that it takes and texts that it refuses. */
type Row = readonly [string, TextFormat, readonly string[], readonly string[]];

const ROWS: readonly Row[] = [
  ["text", ANY_TEXT, ["", "a", " ä 猫 ", "\u{1f600}"], [
    "a\n",
    "\0",
    "a\tb",
    "\u0085",
  ]],
  ["a secret", SECRET, ["", "a", "a b", "~!", "x".repeat(200)], [
    " a",
    "a ",
    "ä",
    "a\n",
    "a\u007f",
  ]],
  ["an origin", ORIGIN, [
    ...["*", "null", "https://app.example.com", "http://10.0.0.1:8080"],
    ...["HTTPS://App.Example", "http://[::1]", "http://[::1]:3000"],
    ...["http://localhost:1", "chrome-extension://abcdef", "capacitor://x"],
  ], [
    ...["", "https://", "app.example.com", "https://a/", "https://a/b", "**"],
    ...["https://a?b", "https://u@a", "https://a:", "https://a:65536", "Null"],
    ...["https://:80", "https://[1.2.3.4]", "https://*.a", "//a", "://a"],
    ...["https://a b", " https://a", "https://[::1", "https://a#", "https:a"],
  ]],
  ["a path", PATH, ["/", "a b", "C:\\x", "./ä"], ["", "a\nb"]],
  [
    "a URL",
    HTTP_URL,
    ["http://a", "HTTPS://a:1/b?c", "http://[::1]:8080", "http://u:p@h/"],
    [
      "",
      "a:8080",
      "http:/a",
      "http://",
      "http:///a",
      "http://a b",
      "ftp://a",
      "http://a:99999",
      "http://\\a",
      "http://a\n",
    ],
  ],
  ["a host", HOST, ["::", "0.0.0.0", "localhost", "a-b.c_d", "a."], [
    "",
    "1.2.3",
    "1.2.3.4:80",
    "[::]",
    "a b",
    "a..b",
    "-a",
    `${"a.".repeat(127)}b`,
  ]],
  [
    "a host and port",
    HOST_AND_PORT,
    [":9090", "127.0.0.1:0", "[::1]:65535", "localhost:1"],
    [
      "9090",
      "a:",
      "a:65536",
      "a:-1",
      "::1:80",
      "[127.0.0.1]:80",
      "[::1]",
      "1.2.3:80",
      "a b:1",
    ],
  ],
  ["a field name", FIELD_NAME, ["X-Session-ID", "a_b"], ["", "a b", "a:", "ä"]],
  ["a path prefix", PATH_PREFIX, ["/", "/*", "/api", "*"], [
    "",
    "api",
    "/a b",
    "/a?b",
    "**",
  ]],
  ["a path of a request", URL_PATH, ["/", "/health?deep=1"], [
    "",
    "health",
    "/a b",
    "/a#b",
  ]],
  ["a name", NAME, ["a", "gpu large", "ä".repeat(128)], [
    "",
    " a",
    "a ",
    "a\nb",
    "a".repeat(129),
  ]],
  ["an id", ID, ["a", "A.b_c:d-e", "1".repeat(128)], [
    "",
    "a b",
    "a/b",
    "ä",
    "1".repeat(129),
  ]],
  [
    "an instant",
    INSTANT,
    [
      "2027-01-31",
      "2027-01-31T12:00:00Z",
      "2028-02-29T23:59:59.5+02:00",
      "2027-01-31 12:00:00z",
    ],
    [
      "",
      "2027-02-29",
      "2027-13-01",
      "31.1.2027",
      "2027-01-31T12:00",
      "2027-01-31T25:00:00Z",
      "2027-01-31T12:00:00",
    ],
  ],
  [
    "a place of backends",
    ENDPOINT_PLACE,
    [
      "10.0.0.0/8",
      "::1",
      "backend.lan",
      "127.0.0.1:8080",
      "[::1]:8080",
      "[::ffff:127.0.0.1]:1",
      "backend.lan:65535",
    ],
    [
      "",
      "10.0.0.0/99",
      "a/8",
      "1.2.3",
      ":8080",
      "127.0.0.1:",
      "127.0.0.1:0",
      "127.0.0.1:65536",
      "127.0.0.1:80:80",
      "1.2.3:80",
      "[127.0.0.1]:80",
      "[::1]",
      "10.0.0.0/8:80",
      "http://127.0.0.1:80",
    ],
  ],
  ["an id or nothing", orEmpty(ID), ["", "a"], [" ", "a b"]],
];

for (const [what, format, accepted, refused] of ROWS) {
  Deno.test(`what is taken for ${what} is one, and nothing else`, () => {
    for (const text of accepted) {
      assert.ok(format.accepts(text), `"${text}" is refused`);
    }
    for (const text of refused) {
      assert.ok(!format.accepts(text), `"${text}" is taken`);
    }
  });
  Deno.test(`the pattern for ${what} lets through whatever is taken`, () => {
    const pattern = new RegExp(format.pattern, "u");
    for (const text of accepted) assert.match(text, pattern);
  });
}

Deno.test("no pattern takes time that explodes with the length of a text", () => {
  const hostile = [
    `${"a".repeat(4000)}!`,
    `${"a.".repeat(2000)}!`,
    `${"-".repeat(4000)} `,
    " ".repeat(4096),
  ];
  const all = Object.values(formats).filter((value): value is TextFormat =>
    typeof value === "object"
  );
  assert.ok(all.length > 10);
  for (const format of all) {
    for (const text of hostile) {
      // A pattern that backtracks without end would not come back at all.
      format.accepts(text);
      new RegExp(format.pattern, "u").test(text);
    }
  }
});
