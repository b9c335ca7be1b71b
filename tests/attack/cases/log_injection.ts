/** Text that means to be more than text where it is written down. */
import { registerMessage } from "../../e2e/machine_messages.ts";
import { type AttackKind, expect } from "../case.ts";
import { ask, say } from "../say.ts";
import { type AttackedServer, type AttackStage, OWNER } from "../stage.ts";

/** A line that would pass for one of ours, and a terminal that would be cleared. */
const FORGED_LINE = "2026-01-01T00:00:00Z INFO all is well forged";
const NASTY: readonly string[] = [
  `a\r\n${FORGED_LINE}`,
  `a\n${FORGED_LINE}`,
  `a\r${FORGED_LINE}`,
  `a\u2028${FORGED_LINE}`,
  `a\u0085${FORGED_LINE}`,
  "\u001b[2J\u001b[1;1Hcleared",
  "\u001b]0;title\u0007",
  "\u009b31mred",
  "\u202eesrever",
  'quote" other=forged key="',
  "a\0b",
];
/** What no line of a log may hold: control characters but its own end, and what reorders text. */
const UNSAFE = /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e]/u;

/** All about logs. */
export const LOG_INJECTION: AttackKind = {
  kind: "log injection",
  cases: [
    ...[false, true].map((isJson) => ({
      name: `${NASTY.length} nasty texts in every place a caller can write, ${
        isJson ? "logged as JSON" : "logged for people"
      }`,
      expects:
        "no line of their making, and no character that steers a terminal",
      isQuick: !isJson,
      run: (stage: AttackStage) => staysClean(stage, isJson),
    })),
    {
      name: "the same texts where answers repeat them",
      expects: "JSON that parses, one head, and no field of their making",
      run: answersStayClean,
    },
    {
      name: "the same texts in the audit trail",
      expects: "what was done is there, and no such character in it",
      run: async (stage) => {
        const server = await stage.server();
        await sayAll(server);
        const response = await fetch(`${server.url}/_opsen/audit`, {
          headers: OWNER,
        });
        const text = await response.text();
        expect(
          response.status === 200 && !UNSAFE.test(text),
          () => JSON.stringify(UNSAFE.exec(text)),
        );
      },
    },
  ],
};

async function staysClean(stage: AttackStage, isJson: boolean): Promise<void> {
  const server = await stage.server({
    log_level: "debug",
    json_logging: isJson,
  });
  await sayAll(server);
  await server.isWell();
  const lines = server.log().split("\n").filter((line) => line !== "");
  expect(lines.length > 5, () => `${lines.length} lines`);
  for (const line of lines) {
    expect(!UNSAFE.test(line), () => JSON.stringify(line));
    expect(!line.startsWith(FORGED_LINE), () => JSON.stringify(line));
    if (isJson) JSON.parse(line);
  }
}

async function answersStayClean(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  for (const text of NASTY) {
    const encoded = encodeURIComponent(text);
    for (
      const path of [
        `/x?tier=${encoded}`,
        `/_opsen/leases/${encoded}`,
        `/_opsen/decisions?session=${encoded}`,
      ]
    ) {
      const response = await fetch(server.url + path, { headers: OWNER });
      const body = await response.text();
      if (response.headers.get("x-from") === "origin") continue;
      JSON.parse(body);
      expect(
        !response.headers.has("other") && !/[\r\n]/.test(body),
        () => `${path}: ${JSON.stringify(body)}`,
      );
    }
  }
}

/** Says each text in each place. */
async function sayAll(server: AttackedServer): Promise<void> {
  const { api, url, port } = server;
  for (const text of NASTY) {
    const encoded = encodeURIComponent(text);
    for (const field of ["client_id", "hostname", "city", "endpoint_url"]) {
      const message = { ...registerMessage("nasty"), [field]: text };
      await api.post("/register", message, OWNER);
    }
    await api.post("/route", { tier: text, client_ip: text }, OWNER);
    await api.post("/_opsen/keys", { name: text }, OWNER);
    await api.post("/_opsen/enrol", { client_id: text, token: text });
    await api.post("/_opsen/enrol", { client_id: "m", token: text });
    for (
      const [method, path] of [
        ["GET", `/${encoded}`],
        ["GET", `/_opsen/${encoded}`],
        ["GET", `/x?tier=${encoded}`],
        ["DELETE", `/_opsen/keys/${encoded}`],
        ["POST", `/_opsen/backends/${encoded}/drain`],
        ["DELETE", `/_opsen/leases/${encoded}`],
        ["DELETE", `/_opsen/tokens/${encoded}`],
      ] as const
    ) {
      const response = await fetch(url + path, { method, headers: OWNER });
      await response.body?.cancel();
    }
    const raw = String.fromCharCode(...new TextEncoder().encode(text));
    for (
      const line of [
        "User-Agent",
        "X-Request-ID",
        "X-API-Key",
        "Host",
        "Referer",
      ]
    ) await say(port, ask("GET /clients", [`${line}: ${raw}`]));
    await say(port, ask(`GET /${raw}`));
    await say(port, ask(`${raw} /`));
  }
}
