/** Floods of things that are kept: the server keeps a bounded number, and serves others meanwhile. */
import { registerMessage } from "../../e2e/machine_messages.ts";
import { type AttackKind, expect } from "../case.ts";
import { ask, say, statuses, told } from "../say.ts";
import { type AttackedServer, type AttackStage, OWNER } from "../stage.ts";

const AT_ONCE = 50;
/** Memory that a flood of small things may leave behind. */
const MEMORY_BYTES = 120_000_000;

/** All about what is kept. */
export const KEEPING: AttackKind = {
  kind: "keeping",
  cases: [
    {
      name: "registrations without end (max_backends 20)",
      expects: "503 fleet_full, and those that are there go on",
      run: async (stage) => {
        const server = await stage.server({ max_backends: 20 });
        const seen = await flood(200, async (i) => {
          const told = await server.api.post(
            "/register",
            registerMessage(`flood-${i}`),
            OWNER,
          );
          return told.status === 200 ? "taken" : String(told.body["code"]);
        });
        expect(
          (seen.get("taken") ?? 0) <= 20 &&
            (seen.get("fleet_full") ?? 0) >= 180,
          () => JSON.stringify([...seen]),
        );
        await server.isWell();
      },
    },
    {
      name: "20,000 sessions, idempotency keys and leases",
      expects: "bounded memory, and service",
      run: boundsSessions,
    },
    {
      name: "5,000 unknown keys, from one address",
      expects: "few log lines and few audit rows, and a number for the rest",
      run: boundsTrail,
    },
    {
      name: "1,100 enrolment tokens and 1,100 keys that nobody asked for",
      expects: "409 when there are enough, never an end of the server",
      run: boundsMade,
    },
    {
      name: "5,000 unknown paths, tiers and leases",
      expects: "bounded memory and a bounded log",
      run: async (stage) => {
        const server = await stage.server();
        const before = server.memoryBytes();
        const linesBefore = server.log().split("\n").length;
        await flood(5_000, async (i) => {
          const path = [
            `/x?tier=t${i}`,
            `/_opsen/p${i}`,
            `/_opsen/leases/l${i}`,
          ];
          const response = await fetch(server.url + path[i % 3], {
            headers: OWNER,
          });
          await response.body?.cancel();
          return `${response.status}`;
        });
        boundedMemory(server, before);
        const lines = server.log().split("\n").length - linesBefore;
        expect(
          lines < 300,
          () => `${lines} lines in the log`,
        );
        await server.isWell();
      },
    },
  ],
};

async function boundsSessions(stage: AttackStage): Promise<void> {
  const server = await stage.server({
    sticky_header: "X-Session",
    tiers: [{ name: "lite", vcpu: 1, memory_gb: 0.001, storage_gb: 0 }],
  });
  await server.join("big", stage.origin.url, { cores: 8_192 });
  const before = server.memoryBytes();
  const seen = await flood(20_000, async (i) => {
    const told = await server.api.route("lite", {
      ...OWNER,
      "x-session": `session-${i}-${"s".repeat(200)}`,
      "idempotency-key": `key-${i}-${"k".repeat(200)}`,
    });
    return `${told.status}`;
  });
  boundedMemory(server, before);
  expect(
    (seen.get("200") ?? 0) > 8_000 && seen.size <= 2,
    () => JSON.stringify([...seen]),
  );
  const heard = await say(server.port, ask("GET /health"));
  expect(statuses(heard).join() === "200", () => told(heard));
}

async function boundsTrail(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  const linesBefore = server.log().split("\n").length;
  await flood(5_000, async (i) => {
    const response = await fetch(`${server.url}/_opsen/keys/n${i}`, {
      method: "DELETE",
      headers: { "x-api-key": `guess-${i}` },
    });
    await response.body?.cancel();
    return `${response.status}`;
  });
  const lines = server.log().split("\n").length - linesBefore;
  const { body } = await server.api.get("/_opsen/audit?limit=10000", OWNER);
  const rows = JSON.stringify(body).split('"wrong_key"').length - 1;
  expect(
    lines < 100 && rows >= 1 && rows <= 60,
    () => `${lines} log lines and ${rows} audit rows`,
  );
  expect(!server.log().includes("guess-"), () => "a key in the log");
}

async function boundsMade(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  const tokens = await flood(1_100, async () => {
    const told = await server.api.post("/_opsen/tokens", {}, OWNER);
    return told.status === 200 ? "made" : String(told.body["code"]);
  });
  const keys = await flood(1_100, async (i) => {
    const told = await server.api.post(
      "/_opsen/keys",
      { name: `k${i}` },
      OWNER,
    );
    return told.status === 200 ? "made" : String(told.body["code"]);
  });
  expect(
    (tokens.get("too_many_tokens") ?? 0) >= 100 &&
      (keys.get("too_many_keys") ?? 0) >= 100,
    () => `${JSON.stringify([...tokens])} ${JSON.stringify([...keys])}`,
  );
  await server.isWell();
}

/** Does it so often, some at once; how often each came of it. */
async function flood(
  times: number,
  once: (index: number) => Promise<string>,
): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < times) {
      const what = await once(next++);
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  }));
  return seen;
}

function boundedMemory(server: AttackedServer, before: number): void {
  const grown = server.memoryBytes() - before;
  expect(grown < MEMORY_BYTES, () => `${grown} octets more memory`);
}
