/** Registers backends and sessions without end and says what was acknowledged, until it is killed. */
import { openStore } from "../../src/store/open_store.ts";
import { FakeLogger } from "../fakes/logger.ts";
import {
  auditEntry,
  key,
  lease,
  registration,
  sticky,
  token,
} from "./examples.ts";

/** Sessions that are on their way at the same time. */
const IN_FLIGHT = 10;

const store = openStore({
  path: Deno.args[0] ?? "",
  logger: new FakeLogger(),
  clock: { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
  maxSticky: 100_000,
});

for (let number = 0;; number++) {
  const id = `backend ${number}`;
  const answers = await Promise.all([
    store.saveRegistration(registration(id), Date.now()),
    ...Array.from(
      { length: IN_FLIGHT },
      (_, i) => store.saveSticky(sticky(`session ${number}.${i}`, id)),
    ),
    store.saveKey(key(`agent:${number}`)),
    store.saveToken(token("t1", { uses: number, usesMax: 1_000_000 })),
    store.saveAudit(auditEntry({ requestId: `${number}` })),
    store.saveLease(lease(number + 1, id, { expiresMs: Date.now() + 60_000 })),
  ]);
  console.log(`${number} ${answers.every((answer) => answer === "durable")}`);
}
