/** Proxies that run and answer rightly, by name. */
import type { Contestant, Proxy } from "./contestants.ts";

/** Running proxies; disposing of them stops them all, also a second time. */
export class StartedProxies extends Map<string, Proxy>
  implements AsyncDisposable {
  /** Why contestants were left out. */
  readonly leftOut: {
    readonly contestant: Contestant;
    readonly reason: string;
  }[] = [];

  /** Starts one in front of origins on these ports; it is left out when it does not start or fails the check. */
  async start(
    contestant: Contestant,
    ports: readonly number[],
    folder: string,
    check: (proxy: Proxy) => Promise<void>,
  ): Promise<void> {
    try {
      const proxy = await contestant.start(ports, folder);
      this.set(contestant.name, proxy);
      await check(proxy);
    } catch (error) {
      await this.get(contestant.name)?.[Symbol.asyncDispose]();
      this.delete(contestant.name);
      const reason = error instanceof Error ? error.message : String(error);
      this.leftOut.push({ contestant, reason });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [...this.values()].map((proxy) => proxy[Symbol.asyncDispose]()),
    );
  }
}
