import assert from "node:assert/strict";
import { isLoopback, localAddress } from "../../src/agent/local_address.ts";
import { freePort } from "../free_port.ts";

const LOOPBACK = { family: "IPv4", address: "127.0.0.1" } as const;
const SIX = { family: "IPv6", address: "fd00::2" } as const;
const LAN = { family: "IPv4", address: "10.0.0.7" } as const;

Deno.test("a server on this machine is reached over loopback, but callers get the machine's own address", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { signal } = new AbortController();
  const url = `http://127.0.0.1:${listener.addr.port}`;
  assert.equal(
    await localAddress(url, signal, () => [LOOPBACK, SIX, LAN]),
    "10.0.0.7",
  );
  assert.equal(await localAddress(url, signal, () => [LOOPBACK]), "127.0.0.1");
});

Deno.test("without a server the first address of an interface is the best there is, or none", async () => {
  const { signal } = new AbortController();
  const url = `http://127.0.0.1:${freePort()}`;
  assert.equal(await localAddress(url, signal, () => [SIX, LAN]), "10.0.0.7");
  assert.equal(await localAddress(url, signal, () => [LOOPBACK, SIX]), "");
  assert.equal(
    await localAddress(url, signal, () => {
      throw new Error("not allowed");
    }),
    "",
  );
});

Deno.test("who is told to stop does not wait for a connection", async () => {
  const url = `http://127.0.0.1:${freePort()}`;
  assert.equal(await localAddress(url, AbortSignal.abort(), () => []), "");
});

Deno.test("this machine's interfaces can be asked", async () => {
  const { signal } = new AbortController();
  const address = await localAddress(`http://127.0.0.1:${freePort()}`, signal);
  assert.ok(address === "" || !isLoopback(address));
});

Deno.test("loopback is all of 127 and one address of IPv6", () => {
  assert.ok(isLoopback("127.0.0.1") && isLoopback("127.8.8.8"));
  assert.ok(isLoopback("::1"));
  assert.ok(!isLoopback("10.127.0.1") && !isLoopback("::11"));
});
