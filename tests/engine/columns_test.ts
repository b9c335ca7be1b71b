import assert from "node:assert/strict";
import { Columns } from "../../src/engine/columns.ts";
import type { Slot } from "../../src/engine/slot.ts";
import { seedOf } from "../seed.ts";
import { type Next, stream } from "./fleets.ts";
import { slotOf } from "./lease_examples.ts";

const COLUMNS = 3;
/** More than a column remembers. */
const FLOOD = 5000;

/** A score that changes with the slot alone. */
function scoreOf(slot: Slot, column: number): number {
  return column + (slot.latencyMs ?? 0);
}

class Fleet {
  readonly columns = new Columns(COLUMNS, scoreOf);
  slots: Slot[] = [];
  #count = 0;

  add(): void {
    const slot = slotOf({}, `b${this.#count++}`, this.slots.length);
    this.slots.push(slot);
    this.columns.note(slot.index);
  }

  change(index: number, next: Next): void {
    const slot = this.slots[index];
    if (slot === undefined) return;
    slot.latencyMs = 1000 * next();
    this.columns.note(index);
  }

  remove(index: number): void {
    this.slots.splice(index, 1);
    for (const [at, slot] of this.slots.entries()) slot.index = at;
    this.columns.noteAll();
  }

  check(column: number, where: string): void {
    const found = this.columns.scores(column, this.slots)
      .slice(0, this.slots.length);
    const wanted = this.slots.map((slot) => scoreOf(slot, column));
    assert.deepEqual([...found], wanted, where);
  }
}

Deno.test("a column that catches up is as one made anew, after news of any kind and number", () => {
  const seed = seedOf("columns");
  for (let run = 0; run < 60; run++) {
    const [fleet, next] = [new Fleet(), stream(seed + run)];
    for (let i = 0; i < 80 * next(); i++) fleet.add();
    for (let step = 0; step < 80; step++) {
      const any = () => Math.floor(next() * fleet.slots.length);
      const choice = next();
      if (choice < 0.5) fleet.change(any(), next);
      else if (choice < 0.6) fleet.add();
      else if (choice < 0.65) fleet.remove(any());
      else if (choice < 0.66) {
        for (let i = 0; i < FLOOD; i++) fleet.change(any(), next);
      } else {
        fleet.check(Math.floor(next() * COLUMNS), `run ${run}, step ${step}`);
      }
    }
    for (let column = 0; column < COLUMNS; column++) {
      fleet.check(column, `run ${run}, end`);
    }
  }
});

Deno.test("a column that missed exactly as much as is remembered, or one more, catches up", () => {
  const next = stream(1);
  for (const missed of [4095, 4096, 4097]) {
    const fleet = new Fleet();
    for (let i = 0; i < FLOOD; i++) fleet.add();
    fleet.check(0, "at first");
    for (let i = 0; i < missed; i++) fleet.change(i, next);
    fleet.check(0, `after ${missed}`);
  }
});

Deno.test("what time alone changes is noted for the columns that it changes", () => {
  let ageMs = 1;
  const columns = new Columns(2, () => ageMs);
  const slots = [slotOf()];
  columns.note(0);
  for (const column of [0, 1]) columns.scores(column, slots);
  ageMs = 2;
  columns.noteAll((column) => column === 1);
  assert.equal(columns.scores(0, slots)[0], 1);
  assert.equal(columns.scores(1, slots)[0], 2);
});

Deno.test("without news nothing is computed", () => {
  let computed = 0;
  const columns = new Columns(1, () => computed++);
  const slots = [slotOf()];
  columns.note(0);
  columns.scores(0, slots);
  columns.scores(0, slots);
  assert.equal(computed, 1);
});
