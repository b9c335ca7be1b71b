/** Machines that want to be others, or more than they may. */
import type { Answer } from "../../e2e/api.ts";
import { eventually } from "../../e2e/eventually.ts";
import { registerMessage, statsMessage } from "../../e2e/machine_messages.ts";
import { type AttackKind, expect } from "../case.ts";
import { type AttackedServer, type AttackStage, OWNER } from "../stage.ts";

/** All about enrolment. */
export const ENROLMENT: AttackKind = {
  kind: "enrolment",
  cases: [
    {
      name: "a token that was never made, an empty one, one cut short",
      expects: "403 wrong_enrol_token, or 400, and no credential",
      isQuick: true,
      run: async (stage) => {
        const server = await stage.server();
        const good = await tokenOf(server, { max_uses: 5 });
        const bad = [
          "",
          "x",
          good.slice(0, -1),
          `${good}x`,
          good.toUpperCase(),
        ];
        for (const token of bad) await refuses(server, "m-0", token);
      },
    },
    {
      name: "a token for one machine, replayed for a second",
      expects: "403 enrol_token_used_up",
      isQuick: true,
      run: async (stage) => {
        const server = await stage.server();
        const token = await tokenOf(server, { max_uses: 1 });
        const first = await enrol(server, "used-1", token);
        expect(first.status === 200, () => wordsOf(first));
        await refuses(server, "used-2", token, "enrol_token_used_up");
      },
    },
    {
      name: "a token for one machine, from fifty at the same time",
      expects: "one credential",
      run: async (stage) => {
        const server = await stage.server();
        const token = await tokenOf(server, { max_uses: 1 });
        const all = await Promise.all(
          Array.from(
            { length: 50 },
            (_, i) => enrol(server, `race-${i}`, token),
          ),
        );
        const won = all.filter(({ status }) => status === 200).length;
        expect(won === 1, () => `${won} credentials`);
      },
    },
    {
      name: "a token that has expired, and one that was revoked",
      expects: "403 enrol_token_expired, 403 enrol_token_revoked",
      run: refusesOver,
    },
    {
      name: "a credential that registers and reports for a neighbour",
      expects: "403 wrong_backend, and the neighbour as it was",
      isQuick: true,
      run: keepsNeighboursApart,
    },
    {
      name: "a credential on paths that are not for machines",
      expects: "403 missing_scope",
      run: async (stage) => {
        const server = await stage.server();
        const own = await enrolled(server, "curious");
        for (const path of ["/clients", "/_opsen/keys", "/_opsen/audit"]) {
          const told = await server.api.get(path, own);
          expect(
            told.status === 403 && told.body["code"] === "missing_scope",
            () => `${path}: ${wordsOf(told)}`,
          );
        }
        const routed = await server.api.route("small", own);
        expect(routed.status === 403, () => wordsOf(routed));
      },
    },
    {
      name: "a stolen token for the id of a neighbour",
      expects:
        "409 or 403: neither one that enrolled nor one that is registered can be taken over",
      isQuick: true,
      run: refusesTakeover,
    },
    {
      name: "a backend that was revoked",
      expects:
        "403 from its credential, from the shared key, and from a good token; and no request for it",
      run: shutsOut,
    },
    {
      name:
        "a credential that the machine chose: short, another's, a key of the server",
      expects: "400 or 409",
      run: refusesChosen,
    },
    {
      name: "a token that asks for a network it may not allow",
      expects:
        "400 for what is no network; a credential goes no further than its token",
      run: holdsGrant,
    },
  ],
};

async function refusesOver(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  const short = await tokenOf(server, { ttl_seconds: 1, max_uses: 1000 });
  await eventually("the token expires", async () => {
    const told = await enrol(server, `over-${crypto.randomUUID()}`, short);
    return told.body["code"] === "enrol_token_expired";
  });
  const made = await server.api.post("/_opsen/tokens", { max_uses: 9 }, OWNER);
  const revoked = await fetch(
    `${server.url}/_opsen/tokens/${made.body["id"]}`,
    {
      method: "DELETE",
      headers: OWNER,
    },
  );
  const text = await revoked.text();
  expect(revoked.status === 200, () => text);
  const token = String(made.body["token"]);
  await refuses(server, "over-1", token, "enrol_token_revoked");
}

async function keepsNeighboursApart(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  const own = await enrolled(server, "thief");
  await server.join("neighbour", stage.origin.url);
  const evil = "http://127.0.0.1:9";
  for (
    const [path, message] of [
      ["/register", { ...registerMessage("neighbour"), endpoint_url: evil }],
      ["/stats", statsMessage("neighbour", { busyPct: 100 })],
      ["/register", { ...registerMessage("one"), endpoint_url: evil }],
      ["/stats", statsMessage("one", { busyPct: 100 })],
    ] as const
  ) {
    const told = await server.api.post(path, message, own);
    expect(
      told.status === 403 && told.body["code"] === "wrong_backend",
      () => `${path}: ${wordsOf(told)}`,
    );
  }
  const { body } = await server.api.get("/clients", OWNER);
  const text = JSON.stringify(body);
  expect(!text.includes(evil), () => text);
}

async function refusesTakeover(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  await enrolled(server, "victim");
  await server.join("old-victim", stage.origin.url);
  const token = await tokenOf(server, { max_uses: 100 });
  await refuses(server, "victim", token, "already_enrolled");
  await refuses(server, "old-victim", token, "id_in_use");
  await refuses(server, "one", token, "id_in_use");
  const other = await enrolled(server, "accomplice");
  const told = await enrol(server, "victim", token, {}, other);
  expect(told.status >= 400, () => wordsOf(told));
}

async function shutsOut(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  const own = await enrolled(server, "outcast");
  const message = {
    ...registerMessage("outcast"),
    endpoint_url: stage.origin.url,
  };
  const before = await server.api.post("/register", message, own);
  expect(before.status === 200, () => wordsOf(before));
  const revoked = await fetch(`${server.url}/_opsen/keys/agent:outcast`, {
    method: "DELETE",
    headers: OWNER,
  });
  await revoked.body?.cancel();
  const token = await tokenOf(server, { max_uses: 5 });
  for (const fields of [own, OWNER]) {
    for (const said of [message, statsMessage("outcast")]) {
      const path = said === message ? "/register" : "/stats";
      const told = await server.api.post(path, said, fields);
      expect(told.status === 403, () => `${path}: ${wordsOf(told)}`);
    }
  }
  await refuses(server, "outcast", token, "backend_revoked");
  const { body } = await server.api.get("/clients", OWNER);
  expect(
    !JSON.stringify(body).includes("outcast"),
    () => JSON.stringify(body),
  );
}

async function refusesChosen(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  const own = await enrolled(server, "chooser");
  const token = await tokenOf(server, { max_uses: 100 });
  for (
    const credential of [
      "short",
      "opsen_agent_",
      `opsen_agent_${"a".repeat(42)}`,
      `opsen_agent_${"a".repeat(44)}`,
      `opsen_agent_${"é".repeat(43)}`,
      OWNER["x-api-key"],
      own["x-api-key"],
    ]
  ) {
    const told = await enrol(server, "chosen", token, { credential });
    expect(
      told.status === 400 || told.status === 409,
      () => `${credential}: ${wordsOf(told)}`,
    );
  }
}

async function holdsGrant(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  for (const range of ["everything", "0.0.0.0/99", "10.0.0.0/8 ", "http://x"]) {
    const told = await server.api.post("/_opsen/tokens", {
      allow_endpoints: [range],
    }, OWNER);
    expect(told.status === 400, () => `${range}: ${wordsOf(told)}`);
  }
  const token = await tokenOf(server, {
    max_uses: 1,
    allow_endpoints: ["203.0.113.0/24"],
  });
  const enrolledAs = await enrol(server, "granted", token);
  const own = { "x-api-key": String(enrolledAs.body["credential"]) };
  for (
    const [url, status] of [
      ["http://203.0.113.9", 200],
      ["http://198.51.100.9", 403],
      ["http://169.254.169.254", 403],
      [server.url, 403],
    ] as const
  ) {
    const told = await server.api.post("/register", {
      ...registerMessage("granted"),
      endpoint_url: url,
    }, own);
    expect(told.status === status, () => `${url}: ${wordsOf(told)}`);
  }
}

async function refuses(
  server: AttackedServer,
  id: string,
  token: string,
  code?: string,
): Promise<void> {
  const told = await enrol(server, id, token);
  expect(
    told.status >= 400 && told.status < 500 &&
      told.body["credential"] === undefined &&
      (code === undefined || told.body["code"] === code),
    () => `${id} with ${token}: ${wordsOf(told)}`,
  );
  expect(
    token === "" || token === "x" || !wordsOf(told).includes(token),
    () => `the token in ${wordsOf(told)}`,
  );
}

/** A new machine's key. */
async function enrolled(
  server: AttackedServer,
  id: string,
): Promise<{ readonly "x-api-key": string }> {
  const told = await enrol(server, id, await tokenOf(server, { max_uses: 1 }));
  expect(told.status === 200, () => wordsOf(told));
  return { "x-api-key": String(told.body["credential"]) };
}

function enrol(
  server: AttackedServer,
  id: string,
  token: string,
  more: object = {},
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const message = { client_id: id, token, ...more };
  return server.api.post("/_opsen/enrol", message, fields);
}

async function tokenOf(server: AttackedServer, wish: object): Promise<string> {
  const told = await server.api.post("/_opsen/tokens", wish, OWNER);
  expect(told.status === 200, () => wordsOf(told));
  return String(told.body["token"]);
}

function wordsOf({ status, body }: Answer): string {
  return `${status} ${JSON.stringify(body)}`;
}
