/**
 * What systemd is told of this process: when it is ready, loads its configuration again, stops, and that it lives
 * (sd_notify(3), systemd.service(5)). Owner of the socket and of one timer. Nothing here throws or waits; without
 * `NOTIFY_SOCKET` in the environment nothing is done.
 */
import {
  type NotifySocket,
  openNotifySocket,
} from "../../ffi/notify_socket.ts";
import type { Logger } from "../ports.ts";

/** How often the status line may change, milliseconds. */
export const STATUS_MS = 10_000;

/**
 * How much time each word of a process that stops asks for, microseconds; and how often it asks, milliseconds. The end
 * is bounded by `shutdown_timeout_seconds` or `drain_seconds`, whatever the unit says.
 */
const STOP_EXTENSION_US = 15_000_000;
const STOP_EXTENSION_MS = 5_000;

/** The longest status line; systemctl shows one line of a terminal. */
const STATUS_CHARS_MAX = 200;

/** A process that is ready, as its service manager sees it. */
export interface Vitals {
  /** One line for people. */
  status(): string;
  /** Settles when the process does what it is for; one that doesn't is ended and started again. */
  responds(): Promise<void>;
}

/** What the environment says of the service manager. */
export interface ServiceParts {
  /** Reads a variable of the environment. */
  readonly environment: (name: string) => string | undefined;
  readonly logger: Logger;
}

/** The service manager of this process, if it has one. */
export class ServiceManager implements Disposable {
  readonly #socket: NotifySocket | undefined;
  readonly #watchdogMs: number | undefined;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #vitals: Vitals | undefined;
  #status = "";
  #isAsked = false;
  #isDisposed = false;

  /** Says nothing yet. */
  constructor({ environment, logger }: ServiceParts) {
    this.#socket = socketOf(environment("NOTIFY_SOCKET"), logger);
    this.#watchdogMs = this.#socket && watchdogMs(environment);
  }

  /** The process does its work from now on, and says how it is until it is disposed of. */
  ready(vitals: Vitals): void {
    if (this.#socket === undefined) return;
    this.#vitals = vitals;
    this.#say(`READY=1\nSTATUS=${this.#line(vitals)}`);
    this.#every(STATUS_MS, () => this.#tellStatus());
    if (this.#watchdogMs === undefined) return;
    this.#every(this.#watchdogMs / 2, () => void this.#beat(vitals));
  }

  /** The configuration is loaded again; settles with it, and says that it is over whatever came of it. */
  async reloading<Value>(reload: () => Promise<Value>): Promise<Value> {
    this.#say(() => `RELOADING=1\nMONOTONIC_USEC=${this.#monotonicUs()}`);
    try {
      return await reload();
    } finally {
      this.#say("READY=1");
      this.#tellStatus();
    }
  }

  /** Nothing new is begun; asks for more time until it is disposed of, as what is in flight is finished. */
  stopping(): void {
    if (this.#socket === undefined) return;
    this.#clear();
    this.#say("STOPPING=1\nSTATUS=Finishing what is in flight");
    const extend = () =>
      this.#say(`EXTEND_TIMEOUT_USEC=${STOP_EXTENSION_US}\nWATCHDOG=1`);
    extend();
    this.#every(STOP_EXTENSION_MS, extend);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#clear();
    this.#socket?.[Symbol.dispose]();
  }

  /** A beat goes by way of the work: while one waits for it there is no other. */
  async #beat(vitals: Vitals): Promise<void> {
    if (this.#isAsked) return;
    this.#isAsked = true;
    try {
      await vitals.responds();
      this.#say("WATCHDOG=1");
    } catch {
      // What fails does not respond; the service manager draws the conclusion.
    } finally {
      this.#isAsked = false;
    }
  }

  #tellStatus(): void {
    if (this.#vitals === undefined) return;
    const before = this.#status;
    const status = this.#line(this.#vitals);
    if (status !== before) this.#say(`STATUS=${status}`);
  }

  #line(vitals: Vitals): string {
    this.#status = vitals.status().replaceAll(/\s+/g, " ")
      .slice(0, STATUS_CHARS_MAX);
    return this.#status;
  }

  #say(text: string | (() => string)): void {
    if (this.#isDisposed) return;
    this.#socket?.send(typeof text === "string" ? text : text());
  }

  #monotonicUs(): bigint {
    return this.#socket?.monotonicUs() ?? 0n;
  }

  #every(intervalMs: number, task: () => void): void {
    this.#timers.push(setInterval(task, intervalMs));
  }

  #clear(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }
}

function socketOf(
  address: string | undefined,
  logger: Logger,
): NotifySocket | undefined {
  if (address === undefined || address === "") return undefined;
  try {
    const socket = openNotifySocket(address);
    if (socket !== undefined) return socket;
    logger.warn("The service manager can't be told anything: no C library", {
      address,
    });
  } catch (error) {
    logger.warn("The service manager can't be told anything", { error });
  }
  return undefined;
}

/** The time after which a process that says nothing is ended; undefined when nobody watches this one. */
function watchdogMs(
  environment: ServiceParts["environment"],
): number | undefined {
  const us = environment("WATCHDOG_USEC") ?? "";
  if (!/^[1-9]\d{0,11}$/.test(us)) return undefined;
  const pid = environment("WATCHDOG_PID");
  if (pid !== undefined && pid !== String(Deno.pid)) return undefined;
  return Number(us) / 1000;
}
