/** A stage whose epoll driver shows how often its loop turns. */
import {
  type EpollDriverOptions,
  openEpollDriver,
} from "../../../src/edge/drivers/epoll/open_epoll_driver.ts";
import { FakeLogger } from "../../fakes/logger.ts";
import { Stage } from "./stage.ts";

/** Makes connections with an epoll driver. */
export class EpollStage extends Stage {
  readonly logger: FakeLogger;
  readonly #clock: { reads: number; aheadMs: number };

  /** With a driver of its own. */
  constructor(options: Partial<EpollDriverOptions> = {}) {
    const logger = new FakeLogger();
    const clock = { reads: 0, aheadMs: 0 };
    super(openEpollDriver({
      logger,
      now() {
        clock.reads++;
        return performance.now() + clock.aheadMs;
      },
      ...options,
    }));
    this.logger = logger;
    this.#clock = clock;
  }

  /** Sets the driver's clock forward. */
  advance(ms: number): void {
    this.#clock.aheadMs += ms;
  }

  /** How often the loop looked at the clock. */
  get reads(): number {
    return this.#clock.reads;
  }

  /** The same in a without work; a loop that spins does so in every turn. */
  async clockReads(whileMs: number): Promise<number> {
    // The loop stays awake for a moment after the last event.
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = this.#clock.reads;
    await new Promise((resolve) => setTimeout(resolve, whileMs));
    return this.#clock.reads - before;
  }
}

/** Whether the tests of the epoll driver can run here. */
export const HAS_EPOLL: boolean = Deno.build.os === "linux";
