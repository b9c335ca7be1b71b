import { MemoryStore, MemoryTables } from "../fakes/memory_store.ts";
import { storeContract } from "./store_contract.ts";
import { SqliteHome } from "./store_home.ts";

storeContract("sqlite", () => new SqliteHome());

storeContract("memory", () => {
  const tables = new MemoryTables();
  return {
    open: () => new MemoryStore(tables),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});
