/** Registers, assigns, books and drains on a database that another process writes too, and says how that went. */
import { openStore } from "../../src/store/open_store.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { drain, lease, registration, sticky } from "./examples.ts";

const [path = "", name = "", rounds = "0", firstId = "1"] = Deno.args;
const logger = new FakeLogger();
const answers: string[] = [];
{
  await using store = openStore({
    path,
    logger,
    clock: { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
    maxSticky: 10_000,
    onForeignWrites: () => {},
  });
  store.load();
  for (let round = 0; round < Number(rounds); round++) {
    const id = `${name} ${round}`;
    answers.push(
      ...await Promise.all([
        store.saveRegistration(registration(id), Date.now()),
        store.saveSticky(sticky(id, id, { lastUsedMs: Date.now() })),
        store.saveLease(lease(Number(firstId) + round, id, {
          placedMs: Date.now(),
          startedMs: undefined,
          expiresMs: Date.now() + 600_000,
        })),
        store.saveDrain(drain(id)),
      ]),
    );
  }
}
const durable = answers.filter((answer) => answer === "durable").length;
console.log(
  JSON.stringify({ durable, of: answers.length, log: logger.lines }),
);
