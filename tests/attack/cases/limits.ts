/** Callers who want more than their share. */
import { type AttackKind, expect } from "../case.ts";
import { ask, open, say, statuses, told } from "../say.ts";
import { type AttackStage, OWNER_KEY, TRUSTED_IP, TRUSTING } from "../stage.ts";

/** All about shares. */
export const LIMITS: AttackKind = {
  kind: "limits",
  cases: [
    {
      name: "more requests than an address may send",
      expects:
        "429 with Retry-After and the RateLimit fields; health checks go on",
      isQuick: true,
      run: limitsRate,
    },
    {
      name: "requests to the API, to a backend and with a wrong key",
      expects: "one allowance for all of them, and another for the operator",
      run: limitsAllAlike,
    },
    {
      name: "another address with every request (127.0.0.0/8)",
      expects: "an allowance for each: whoever floods hurts himself alone",
      run: async (stage) => {
        const { port } = await stage.server({
          rate_limit_per_minute: 1,
          rate_limit_burst: 3,
        });
        for (let i = 0; i < 10; i++) {
          await say(port, ask("GET /x"), { from: "127.0.3.1" });
        }
        const heard = await say(port, ask("GET /x"), { from: "127.0.3.2" });
        expect(statuses(heard).join() === "200", () => told(heard));
      },
    },
    {
      name: "40 addresses of one IPv6 network (/64), told by the trusted proxy",
      expects:
        "one allowance for all of them, and another for the next network",
      run: limitsNetworks,
    },
    {
      name: "more requests at once than an address may have",
      expects:
        "429 too_many_requests_in_progress, and service when they are over",
      run: limitsProgress,
    },
    {
      name: "more connections than an address may have",
      expects: "503 or a closed door for it, service for another",
      run: limitsConnections,
    },
  ],
};

async function limitsRate(stage: AttackStage): Promise<void> {
  const { port } = await stage.server({
    rate_limit_per_minute: 6,
    rate_limit_burst: 8,
  });
  let refusedHead = "";
  for (let i = 0; i < 30; i++) {
    const heard = await say(port, ask("GET /x"), { from: "127.0.4.1" });
    const [answer] = heard.answers;
    if (answer?.status === 429) refusedHead = answer.head;
  }
  for (
    const line of [
      /^retry-after: ([1-9]|10)$/im,
      /^ratelimit-limit: 8$/im,
      /^ratelimit-remaining: 0$/im,
      /^ratelimit-reset: [1-9]\d*$/im,
    ]
  ) expect(line.test(refusedHead), () => `${line} not in ${refusedHead}`);
  for (const path of ["/health", "/_opsen/livez", "/_opsen/readyz"]) {
    for (let i = 0; i < 20; i++) {
      const heard = await say(port, ask(`GET ${path}`), { from: "127.0.4.1" });
      expect(statuses(heard)[0] !== 429, () => `${path}: ${told(heard)}`);
    }
  }
}

async function limitsAllAlike(stage: AttackStage): Promise<void> {
  const { port } = await stage.server({
    rate_limit_per_minute: 1,
    rate_limit_burst: 6,
  });
  const from = "127.0.5.1";
  const texts = [
    ask("GET /x"),
    ask("GET /clients"),
    ask("GET /clients", ["X-API-Key: wrong"]),
    ask("GET /nowhere/../x"),
  ];
  let passed = 0;
  for (let i = 0; i < 40; i++) {
    const heard = await say(port, texts[i % texts.length]!, { from });
    if (statuses(heard)[0] !== 429) passed++;
  }
  expect(passed >= 6 && passed <= 8, () => `${passed} of 40 looked at`);
  const operator = ask("GET /clients", [`X-API-Key: ${OWNER_KEY}`]);
  let operators = 0;
  for (let i = 0; i < 20; i++) {
    const heard = await say(port, operator, { from });
    if (statuses(heard)[0] === 200) operators++;
  }
  expect(
    operators >= 6 && operators <= 8,
    () => `${operators} of 20 of the operator's answered`,
  );
}

async function limitsNetworks(stage: AttackStage): Promise<void> {
  const { port } = await stage.server({
    ...TRUSTING,
    proxy_protocol: true,
    rate_limit_per_minute: 1,
    rate_limit_burst: 5,
  });
  const callFrom = (ip: string) =>
    say(port, `PROXY TCP6 ${ip} ::1 1 2\r\n${ask("GET /x")}`, {
      from: TRUSTED_IP,
    });
  let served = 0;
  for (let i = 1; i <= 40; i++) {
    const heard = await callFrom(`2001:db8:0:1:${i}::${i}`);
    if (statuses(heard).join() === "200") served++;
  }
  expect(served >= 5 && served <= 7, () => `${served} of 40 served`);
  const other = await callFrom("2001:db8:0:2::1");
  expect(statuses(other).join() === "200", () => told(other));
}

async function limitsProgress(stage: AttackStage): Promise<void> {
  const { port } = await stage.server({
    max_requests_per_ip: 5,
    write_stall_seconds: 1,
  });
  const from = "127.0.6.1";
  const waiting =
    "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: text/x\r\nContent-Length: 5\r\n\r\n";
  const held = await Promise.all(
    Array.from(
      { length: 10 },
      () => say(port, waiting, { from, answers: 1, patienceMs: 2_000 }),
    ),
  );
  const refused = held.filter((heard) => statuses(heard)[0] === 429).length;
  expect(refused >= 5, () => held.map(told).join("; "));
  const after = await say(port, ask("GET /x"), { from });
  expect(statuses(after).join() === "200", () => told(after));
}

async function limitsConnections(stage: AttackStage): Promise<void> {
  const { port } = await stage.server({ max_connections_per_ip: 10 });
  const from = "127.0.7.1";
  const sockets = await Promise.all(
    Array.from({ length: 40 }, () => open(port, from)),
  );
  try {
    const crowded = await say(port, ask("GET /health"), { from });
    expect(statuses(crowded)[0] !== 200, () => told(crowded));
    const other = await say(port, ask("GET /health"), { from: "127.0.7.2" });
    expect(statuses(other).join() === "200", () => told(other));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
