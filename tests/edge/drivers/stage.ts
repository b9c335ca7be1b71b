/** Where a driver and its peers meet in a test, and what every test of the contract ends with. */
import assert from "node:assert/strict";
import type {
  Accept,
  Driver,
  Listening,
  Peer,
  Socket,
} from "../../../src/edge/driver.ts";
import { type Reactions, Recorder } from "./recorder.ts";

/** A socket of the driver, what it was told, and who is at the other end. */
export interface Meeting {
  readonly socket: Socket;
  readonly recorder: Recorder;
  readonly peer: Deno.TcpConn;
}

/** A driver to be tested. */
export type OpenDriver = () => Driver | Promise<Driver>;

/** What a test of the contract looks like. */
export type ContractTest = (title: string, run: StageRun) => void;

/** The body of a test. */
export type StageRun = (stage: Stage) => Promise<void>;

/** Makes connections of both directions and clears them away. */
export class Stage implements AsyncDisposable {
  readonly driver: Driver;
  readonly #recorders: Recorder[] = [];
  readonly #closables: { close(): void }[] = [];

  /** Of one driver. */
  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** A connection that the driver accepted. */
  async accepted(reactions: Reactions = {}): Promise<Meeting> {
    const { listening, next } = this.listen(reactions);
    const [taken, peer] = await Promise.all([
      next(),
      this.call(listening.port),
    ]);
    listening.close();
    return { ...taken, peer };
  }

  /** A connection that the driver made. */
  async outgoing(reactions: Reactions = {}): Promise<Meeting> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { socket, recorder } = this.connect(listener.addr.port, reactions);
    const peer = this.keep(await listener.accept());
    await recorder.untilEvent("connected");
    return { socket, recorder, peer };
  }

  /** A listener of the driver, and who comes there. */
  listen(reactions: Reactions = {}): {
    readonly listening: Listening;
    readonly next: () => Promise<TakenIn>;
  } {
    const taken: TakenIn[] = [];
    let wake = () => {};
    const listening = this.listenWith((socket, peer) => {
      const recorder = this.recorder(reactions);
      taken.push({ socket: recorder.watch(socket), recorder, from: peer });
      wake();
      return recorder;
    });
    const next = async () => {
      while (taken.length === 0) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      const first = taken.shift();
      assert.ok(first !== undefined);
      return first;
    };
    return { listening, next };
  }

  /** A listener of the driver that accepts as told. */
  listenWith(accept: Accept): Listening {
    return this.keep(
      this.driver.listen({ hostname: "127.0.0.1", port: 0 }, accept),
    );
  }

  /** Lets the driver connect to a port. */
  connect(
    port: number,
    reactions: Reactions = {},
  ): { readonly socket: Socket; readonly recorder: Recorder } {
    const recorder = this.recorder(reactions);
    const socket = this.driver.connect(
      { kind: "tcp", ip: "127.0.0.1", port },
      recorder,
    );
    assert.deepEqual(recorder.events, [], "told during the call");
    return { socket: recorder.watch(socket), recorder };
  }

  /** A plain connection to a port. */
  async call(port: number): Promise<Deno.TcpConn> {
    return this.keep(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** A recorder whose violations fail the test. */
  recorder(reactions: Reactions = {}): Recorder {
    const recorder = new Recorder(reactions);
    this.#recorders.push(recorder);
    return recorder;
  }

  /** Closes it at the end. */
  keep<Closable extends { close(): void }>(closable: Closable): Closable {
    this.#closables.push(closable);
    return closable;
  }

  /** Disposes of the driver first, so that what it leaves open is seen. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.driver[Symbol.asyncDispose]();
    for (const closable of this.#closables) {
      try {
        closable.close();
      } catch {
        // The test closed it.
      }
    }
    assert.deepEqual(
      this.#recorders.flatMap(({ violations }) => violations),
      [],
    );
  }
}

/** A connection as the driver hands it over. */
export interface TakenIn {
  readonly socket: Socket;
  readonly recorder: Recorder;
  readonly from: Peer;
}

/** How a connection comes to be; most of the contract holds for both. */
export const DIRECTIONS = ["accepted", "outgoing"] as const;
