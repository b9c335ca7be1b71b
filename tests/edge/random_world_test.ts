import assert from "node:assert/strict";
import { seedOf } from "../seed.ts";
import { liveThrough } from "./random_world.ts";

const WORLDS = 150;
const STEPS = 1_500;

Deno.test("whatever happens in whatever order, books are closed, requests are seen once and answers are whole", async () => {
  const seed = seedOf("edge");
  const sum = { seen: 0, served: 0, timedOut: 0 };
  for (let i = 0; i < WORLDS; i++) {
    const size = { steps: STEPS, callers: 1 + i % 9, backends: 1 + i % 3 };
    try {
      const lived = await liveThrough(seed + i, size);
      sum.seen += lived.seen;
      sum.served += lived.served;
      sum.timedOut += lived.timedOut;
    } catch (error) {
      throw new Error(`World ${i} from seed ${seed}`, { cause: error });
    }
  }
  assert.ok(sum.seen > WORLDS, "nothing was asked");
  assert.ok(sum.served > WORLDS / 10, "nobody waited for room");
  assert.ok(sum.timedOut > 0, "nobody waited for too long");
});
