/**
 * Holds a lock on the database that its argument names until its standard input ends, as a backup or a curious
 * administrator does: nobody else can write, and with a second argument "unreadable" nobody can read either.
 */
import { DatabaseSync } from "node:sqlite";

/** How long the lock is waited for, milliseconds. */
const LOCK_WAIT_MS = 10_000;

const [path = "", mode] = Deno.args;
const database = new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
if (mode === "unreadable") database.exec("PRAGMA locking_mode = EXCLUSIVE");
database.exec("BEGIN EXCLUSIVE");
console.log("locked");
await Deno.stdin.readable.pipeTo(new WritableStream());
database.exec("ROLLBACK");
database.close();
