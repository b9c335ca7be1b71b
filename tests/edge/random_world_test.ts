import assert from "node:assert/strict";
import { seedOf } from "../seed.ts";
import { liveThrough } from "./random_world.ts";

const WORLDS = 150;
const STEPS = 1_500;

Deno.test("whatever happens in whatever order, books are closed, requests are seen once and answers are whole", () => {
  const seed = seedOf("edge");
  let answered = 0;
  for (let i = 0; i < WORLDS; i++) {
    const size = { steps: STEPS, callers: 1 + i % 9, backends: 1 + i % 3 };
    try {
      answered += liveThrough(seed + i, size).seen;
    } catch (error) {
      throw new Error(`World ${i} from seed ${seed}`, { cause: error });
    }
  }
  assert.ok(answered > WORLDS, "nothing was asked");
});
