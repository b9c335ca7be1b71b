/** The contract of a driver as tests, one for each sentence; every driver passes them. */
import type { Driver } from "../../../src/edge/driver.ts";
import { bytesContract } from "./bytes_contract.ts";
import { connectContract } from "./connect_contract.ts";
import { endContract } from "./end_contract.ts";
import { listenContract } from "./listen_contract.ts";
import { panicContract } from "./panic_contract.ts";
import { pauseContract } from "./pause_contract.ts";
import { resetContract } from "./reset_contract.ts";
import { Stage, type StageRun } from "./stage.ts";

/** Registers the tests for a driver. */
export function driverContract(
  name: string,
  open: () => Driver | Promise<Driver>,
): void {
  function contractTest(title: string, run: StageRun): void {
    Deno.test(`${name}: ${title}`, async () => {
      await using stage = new Stage(await open());
      await run(stage);
    });
  }
  bytesContract(contractTest);
  pauseContract(contractTest);
  endContract(contractTest);
  resetContract(contractTest);
  connectContract(contractTest);
  listenContract(contractTest);
  panicContract(contractTest);
}
