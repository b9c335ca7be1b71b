/**
 * `opsen server` on a wall clock that can be stepped: `server_process.ts SHIFT_FILE ARGUMENT...`. The file holds by how
 * many milliseconds the clock is wrong. The monotonic clock is right, as it is when a system's time is set.
 */
import { runProgram } from "../../src/cli/program.ts";
import { systemShell } from "../../src/cli/shell.ts";

/** How often the file is looked at. */
const LOOK_MS = 100;

if (import.meta.main) {
  const [shiftFile = "", ...args] = Deno.args;
  stepWith(shiftFile);
  Deno.exit(await runProgram(["server", ...args], systemShell()));
}

/** Shifts this process's wall clock as the file says, from now on. */
function stepWith(shiftFile: string): void {
  const rightTime = Date.now;
  const shift = { ms: shiftIn(shiftFile) };
  setInterval(() => shift.ms = shiftIn(shiftFile), LOOK_MS);
  Date.now = () => rightTime() + shift.ms;
}

function shiftIn(file: string): number {
  return Number(Deno.readTextFileSync(file));
}
