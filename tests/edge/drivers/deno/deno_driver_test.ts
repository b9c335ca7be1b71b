import { openDenoDriver } from "../../../../src/edge/drivers/deno/deno_driver.ts";
import { FakeLogger } from "../../../fakes/logger.ts";
import { driverContract } from "../driver_contract.ts";

driverContract("deno", () =>
  openDenoDriver({
    logger: new FakeLogger(),
    now: () => performance.now(),
  }));
