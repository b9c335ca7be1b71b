import assert from "node:assert/strict";
import type { Notice } from "../../src/config/notice.ts";
import { type Above, loadServerText, serverProblems } from "./load_text.ts";

/** The warnings of a file that loads, but for those about tiers that the file lacks. */
async function warnings(
  text: string,
  above: Above = {},
): Promise<readonly Notice[]> {
  const loaded = await loadServerText(`default_tier: ""\n${text}`, above);
  if (loaded.kind === "invalid") throw new Error(loaded.problems.join("\n"));
  return loaded.notices.filter(({ level }) => level === "warn");
}

/** The text of the warnings of a file that loads. */
async function warned(text: string, above: Above = {}): Promise<string[]> {
  return (await warnings(text, above)).map(({ message }) => message);
}

const OUT_OF_ORDER: readonly (readonly [string, string])[] = [
  [
    "headroom: {knee: 0.97}",
    "1:28 routing.headroom.knee: found 0.97, wanted below routing.headroom.target_memory (0.97)",
  ],
  [
    "headroom: {target_memory: 0.6}",
    "1:37 routing.headroom.target_memory: found 0.6, wanted above routing.headroom.knee (0.7)",
  ],
  [
    "headroom: {knee: 0.9, target_memory: 0.8, guard: strict}",
    "1:28 routing.headroom.knee: found 0.9, wanted below routing.headroom.target_memory (0.8)",
  ],
  [
    "ejection: {base_seconds: 90}",
    "1:36 routing.ejection.base_seconds: found 90, wanted at most routing.ejection.max_seconds (60)",
  ],
  [
    "ejection: {max_seconds: 3}",
    "1:35 routing.ejection.max_seconds: found 3, wanted at least routing.ejection.base_seconds (5)",
  ],
  [
    "ejection: {base_seconds: 9, max_seconds: 8}",
    "1:36 routing.ejection.base_seconds: found 9, wanted at most routing.ejection.max_seconds (8)",
  ],
];

for (const [group, problem] of OUT_OF_ORDER) {
  Deno.test(`"${group}" is the wrong way round, and the key that was set is pointed at`, async () => {
    assert.deepEqual(await serverProblems(`routing: {${group}}`), [
      `server.yml:${problem}`,
    ]);
  });
}

Deno.test("a variable that turns two values round is pointed at, too", async () => {
  const env = { OPSEN_ROUTING_HEADROOM_TARGET_MEMORY: "0.5" };
  assert.deepEqual(await serverProblems("", { env }), [
    "OPSEN_ROUTING_HEADROOM_TARGET_MEMORY: found 0.5, wanted above routing.headroom.knee (0.7)",
  ]);
});

Deno.test("a knee and a target that do not meet load together", async () => {
  for (
    const text of [
      "headroom: {knee: 0.96}",
      "headroom: {knee: 0.5, target_memory: 0.6}",
      "headroom: {knee: 0.98, guard: off}",
      "headroom: {target_memory: 0.6, knee_weight: 0}",
      "mode: classic, headroom: {knee: 0.98}",
      "ejection: {base_seconds: 60}",
    ]
  ) {
    assert.deepEqual(await serverProblems(`routing: {${text}}`), [], text);
  }
});

Deno.test("nothing is concluded from a knee that is wrong itself", async () => {
  assert.deepEqual(
    await serverProblems("routing: {headroom: {knee: 2, target_memory: 0.6}}"),
    ["server.yml:1:28 routing.headroom.knee: found 2, wanted a number from 0 to 0.99"],
  );
});

Deno.test("what classic does not read is one warning with the place of each key", async () => {
  const text = `routing:
  mode: classic
  weights: {cpu: 1}
  ledger: {settle_seconds: 9}
  headroom: {guard: strict, guard_weight: 5}
  gpu_busy_pct: 60
  response: {kappa: 2}
  near_tie: {band_pct: 1}
  ejection: {consecutive: 3}
`;
  const env = { OPSEN_ROUTING_PEERS: "2" };
  const keys = [
    "routing.weights.cpu",
    "routing.ledger.settle_seconds",
    "routing.headroom.guard",
    "routing.headroom.guard_weight",
    "routing.gpu_busy_pct",
    "routing.response.kappa",
    "routing.near_tie.band_pct",
    "routing.peers",
  ];
  const [warning, ...more] = await warnings(text, { env });
  assert.deepEqual(more, []);
  assert.equal(warning?.key, keys.join(", "));
  const [because, places] = warning?.message.split(": ") ?? [];
  assert.equal(because, 'Without effect, because routing.mode is "classic"');
  assert.deepEqual(places?.split(", "), [
    "routing.weights.cpu (server.yml:4:18)",
    "routing.ledger.settle_seconds (server.yml:5:28)",
    "routing.headroom.guard (server.yml:6:21)",
    "routing.headroom.guard_weight (server.yml:6:43)",
    "routing.gpu_busy_pct (server.yml:7:17)",
    "routing.response.kappa (server.yml:8:21)",
    "routing.near_tie.band_pct (server.yml:9:24)",
    "routing.peers (OPSEN_ROUTING_PEERS)",
  ]);
});

const UNREAD: readonly (readonly [string, string])[] = [
  [
    "routing: {headroom: {guard: prefer, guard_weight: 5}}",
    'routing.headroom.guard is "prefer": routing.headroom.guard_weight (server.yml:2:51)',
  ],
  [
    "routing: {headroom: {guard: strict, guard_weight: 5}}",
    'routing.headroom.guard is "strict": routing.headroom.guard_weight (server.yml:2:51)',
  ],
  [
    "routing: {headroom: {guard: off, guard_weight: 5, target_memory: 0.9}}",
    'routing.headroom.guard is "off": routing.headroom.guard_weight (server.yml:2:48), routing.headroom.target_memory (server.yml:2:66)',
  ],
  [
    "routing: {weights: {distance: 0, distance_max: 500}}",
    "routing.weights.distance is 0: routing.weights.distance_max (server.yml:2:48)",
  ],
  [
    "ejection_enabled: false\nrouting: {ejection: {consecutive: 3}}",
    "ejection_enabled is false: routing.ejection.consecutive (server.yml:3:35)",
  ],
  [
    "queue: {max_wait_seconds: 9, max_length: 5}",
    "queue.enabled is false and nothing waits: queue.max_length (server.yml:2:42), queue.max_wait_seconds (server.yml:2:27)",
  ],
  [
    "tiers: [{name: a, vcpu: 1, memory_gb: 1, priority: 2}, {name: b, vcpu: 1, memory_gb: 1, priority: 0}]",
    "queue.enabled is false and nothing waits: tiers[0].priority (server.yml:2:52)",
  ],
];

for (const [text, because] of UNREAD) {
  Deno.test(`"${text}" is a warning, for a part of it is not read`, async () => {
    assert.deepEqual(await warned(text), [
      `Without effect, because ${because}`,
    ]);
  });
}

Deno.test("what is read is no warning", async () => {
  for (
    const text of [
      "",
      "routing: {mode: classic}",
      "routing: {mode: classic, ejection: {consecutive: 3}}",
      "routing: {headroom: {guard_weight: 5, target_memory: 0.9}}",
      "routing: {headroom: {guard: off, target_cpu: 0.7}}",
      "routing: {weights: {distance: 0}}",
      "routing: {weights: {distance_max: 0}}",
      "routing: {headroom: {guard: strict, target_memory: 0.9}}",
      "ejection_enabled: false",
      "queue: {enabled: false}",
      "queue: {enabled: true, max_length: 5}\ntiers: [{name: a, vcpu: 1, memory_gb: 1, priority: 2}]",
    ]
  ) {
    assert.deepEqual(await warned(text), [], text);
  }
});

Deno.test("a wait as long as the time-out of requests, and samples of decisions that memory does not keep, are fine", async () => {
  const text =
    "queue: {enabled: true, max_wait_seconds: 60}\nrequest_timeout_seconds: 30\ndecision_log: {entries: 0, sample_pct: 5}\n";
  assert.deepEqual(await warned(text), []);
});

Deno.test("shares and priorities keep to their ranges", async () => {
  assert.deepEqual(
    await serverProblems(
      "routing: {gpu_busy_pct: 0, headroom: {fit_cpu_share: 0}}\ntiers: [{name: lite, vcpu: 1, memory_gb: 1, priority: 10}]\n",
    ),
    [
      "server.yml:1:25 routing.gpu_busy_pct: found 0, wanted a number above 0, at most 100",
      "server.yml:1:54 routing.headroom.fit_cpu_share: found 0, wanted a number above 0, at most 1",
      "server.yml:2:55 tiers[0].priority: found 10, wanted a whole number from 0 to 9",
    ],
  );
});
