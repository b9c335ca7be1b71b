/** The demo's callers: they ask for tiers as an application would, and open a session where they are sent. */
import {
  problemBody,
  type RouteAnswer,
  routeAnswer,
} from "../../wire/answers.ts";
import { type ApiTarget, callApi } from "../api_client.ts";
import { CALLER_SPOTS } from "./members.ts";
import type { Story, Wish } from "./story.ts";
import { reasonOf } from "./words.ts";

/** A tier that callers ask for, as the server's defaults have it. */
interface TierAsked {
  readonly name: string;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly storageGb: number;
  /** On each of the GPUs it is given; absent for tiers without. */
  readonly gpuMemoryGb?: number;
}

/** Name of the header that the demo's server takes as the session's id. */
export const SESSION_HEADER = "X-Session-ID";

const SMALL: TierAsked = { name: "small", vcpu: 1, memoryGb: 1, storageGb: 5 };
const MEDIUM: TierAsked = {
  name: "medium",
  vcpu: 2,
  memoryGb: 4,
  storageGb: 20,
};
const LARGE: TierAsked = { name: "large", vcpu: 4, memoryGb: 8, storageGb: 30 };
const GPU_INFERENCE: TierAsked = {
  name: "gpu-inference",
  vcpu: 8,
  memoryGb: 32,
  storageGb: 100,
  gpuMemoryGb: 16,
};
const GPU_TRAINING: TierAsked = {
  name: "gpu-training",
  vcpu: 16,
  memoryGb: 64,
  storageGb: 500,
  gpuMemoryGb: 48,
};
/** What the GPU tiers want, for the heading. */
export const GPU_WISHES =
  `  gpu-inference asks for a GPU with ${GPU_INFERENCE.gpuMemoryGb} GB free, gpu-training for two with ${GPU_TRAINING.gpuMemoryGb} GB each`;

/**
 * Most ask for little. `gpu-training` wants two cards as large as only one is, and shows what a refusal says; for
 * `gpu-inference` there are sometimes too many callers.
 */
const TIERS_ASKED: readonly TierAsked[] = [
  SMALL,
  GPU_INFERENCE,
  MEDIUM,
  GPU_TRAINING,
  LARGE,
  GPU_INFERENCE,
  MEDIUM,
];
/** Callers that come back and want to stay where they are. */
const REGULARS = ["alice", "bob"] as const;
const REGULAR_EVERY = 4;
const GAP_MS = 400;
/** Callers don't wait longer than this for every machine to have reported. */
const FLEET_MS_MAX = 8000;
const SESSION_SECONDS_MIN = 4;
const SESSION_SECONDS_SPREAD = 8;

/** Waits for the fleet, then asks on and on until the signal aborts. */
export async function callUntil(
  signal: AbortSignal,
  target: ApiTarget,
  story: Story,
  chance: () => number,
): Promise<void> {
  const deadline = performance.now() + FLEET_MS_MAX;
  while (!story.fleetIsUp && performance.now() < deadline && !signal.aborted) {
    await pause(GAP_MS, signal);
  }
  for (let call = 0; !signal.aborted; call++) {
    await askOnce(call, target, story, chance);
    await pause(GAP_MS * (0.5 + chance()), signal);
  }
}

async function askOnce(
  call: number,
  target: ApiTarget,
  story: Story,
  chance: () => number,
): Promise<void> {
  const regular = call % REGULAR_EVERY === 0
    ? pick(REGULARS, chance())
    : undefined;
  const tier = regular === undefined
    ? TIERS_ASKED[call % TIERS_ASKED.length]
    : SMALL;
  const spot = pick(CALLER_SPOTS, chance());
  if (tier === undefined || spot === undefined) return;
  const wish: Wish = {
    tier: tier.name,
    vcpu: tier.vcpu,
    from: spot.name,
    ...(regular !== undefined && { session: regular }),
  };
  const outcome = await callApi(target, {
    path: "/route",
    answers: routeAnswer,
    body: {
      tier: tier.name,
      client_lat: spot.latitude,
      client_lon: spot.longitude,
    },
    headers: regular === undefined ? {} : { [SESSION_HEADER]: regular },
  });
  switch (outcome.kind) {
    case "answer": {
      const view = story.fleet.find(({ client_id }) =>
        client_id === outcome.answer.client_id
      );
      const stays = regular !== undefined &&
        story.homes.get(regular) === outcome.answer.client_id;
      if (regular !== undefined) {
        story.homes.set(regular, outcome.answer.client_id);
      }
      const why = stays
        ? "stays where its session is"
        : reasonOf(view, tier, outcome.answer.distance_km);
      story.tell({ kind: "placed", wish, answer: outcome.answer, why });
      const seconds = SESSION_SECONDS_MIN + SESSION_SECONDS_SPREAD * chance();
      if (!await openSession(outcome.answer, tier, seconds)) {
        story.failed++;
      }
      break;
    }
    case "refused": {
      const { tally } = problemBody.parse(outcome.problem);
      if (tally === undefined) story.failed++;
      else story.tell({ kind: "refused", wish, tally });
      break;
    }
    case "unreachable":
      story.failed++;
      break;
  }
}

async function openSession(
  { endpoint, gpus = [] }: RouteAnswer,
  tier: TierAsked,
  seconds: number,
): Promise<boolean> {
  const query = new URLSearchParams({
    vcpu: String(tier.vcpu),
    memory_gb: String(tier.memoryGb),
    storage_gb: String(tier.storageGb),
    gpu_memory_gb: String(tier.gpuMemoryGb ?? 0),
    gpus: gpus.join(),
    seconds: String(seconds),
  });
  try {
    const response = await fetch(`${endpoint}/session?${query}`, {
      method: "POST",
    });
    await response.body?.cancel();
    return response.status === 201;
  } catch {
    return false;
  }
}

function pick<Item>(items: readonly Item[], share: number): Item | undefined {
  return items[Math.floor(share * items.length)];
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    }
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish);
  });
}
