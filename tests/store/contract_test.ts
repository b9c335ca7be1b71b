import { FakeClock } from "../fakes/clock.ts";
import { MemoryStore, MemoryTables } from "../fakes/memory_store.ts";
import { drainContract } from "./drain_contract.ts";
import { leaseContract } from "./lease_contract.ts";
import { newsContract } from "./news_contract.ts";
import { NOW_MS, storeContract, type StoreHome } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";
import { trustContract } from "./trust_contract.ts";

for (
  const contract of [
    storeContract,
    leaseContract,
    drainContract,
    newsContract,
    trustContract,
  ]
) {
  contract("sqlite", () => new SqliteHome());
  contract("memory", memoryHome);
}

function memoryHome(): StoreHome {
  const tables = new MemoryTables();
  const clock = new FakeClock(0, NOW_MS);
  return {
    clock,
    open: () => new MemoryStore(tables, () => clock.wallMs()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
