/** The epoll driver passes the contract of all drivers; only where epoll can be called. */
import {
  epollAvailable,
  openEpollDriver,
} from "../../../src/edge/drivers/epoll/open_epoll_driver.ts";
import { FakeLogger } from "../../fakes/logger.ts";
import { driverContract } from "./driver_contract.ts";

if (epollAvailable()) {
  driverContract("epoll", () =>
    openEpollDriver({
      logger: new FakeLogger(),
      now: () => performance.now(),
    }));
}
