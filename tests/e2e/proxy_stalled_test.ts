import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { rawOrigin } from "./proxy_origins.ts";
import { DRIVERS, ProxyStage } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";

const BODY_BYTES = 200_000_000;
const PIECE = new Uint8Array(1 << 20).fill(0x78);
/** Readers that take nothing, so that what one costs stands out from the collector's coming and going. */
const STALLED = 12;
const COST_BYTES_MAX = 2_000_000;

for (const driver of DRIVERS) {
  // RSS is read from /proc.
  const ignore = Deno.build.os !== "linux";
  const name = `a reader that stalls costs less than 2 MB (${driver})`;
  Deno.test({ name, ignore }, async () => {
    await using stage = new ProxyStage(driver);
    const sent: number[] = [];
    const origin = stage.keep(rawOrigin(async (wire) => {
      await wire.head();
      const me = sent.push(0) - 1;
      await wire.send(
        `HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`,
      );
      for (let left = BODY_BYTES; left > 0;) {
        const count = await wire.connection.write(PIECE.subarray(0, left));
        left -= count;
        sent[me] = (sent[me] ?? 0) + count;
      }
    }));
    const server = await stage.startWith({ one: { to: origin } });
    const { pid } = server.process;

    const download = async () => {
      const caller = await Wire.open(server.port);
      await caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await caller.head();
      return caller;
    };
    // A whole download first: what it leaves in memory is not the stalled readers' doing.
    using first = await download();
    await takeAll(first);
    const before = await residentBytes(pid);

    const stalled: Wire[] = [];
    for (let i = 0; i < STALLED; i++) stalled.push(await download());
    await standsStill(() => sent.reduce((sum, bytes) => sum + bytes, 0));
    const cost = (await residentBytes(pid) - before) / STALLED;
    assert.ok(cost < COST_BYTES_MAX, `${cost} bytes a reader`);
    const most = await kernelBytesMax();
    assert.ok(most < BODY_BYTES, "this system buffers a whole body by itself");
    for (const bytes of sent.slice(1)) {
      assert.ok(bytes < most, `${bytes} bytes taken`);
    }

    const [patient, ...others] = stalled;
    for (const other of others) other.close();
    if (patient !== undefined) await takeAll(patient);
    patient?.close();
    await eventually(
      "no holds",
      async () => (await server.clients()).get("one")?.held.leases === 0,
    );
  });
}

/** Reads a whole body, of which the wire may hold the first bytes. */
async function takeAll(wire: Wire): Promise<void> {
  let left = BODY_BYTES - wire.held().length;
  const buffer = new Uint8Array(1 << 18);
  while (left > 0) {
    const count = await wire.connection.read(buffer);
    assert.ok(count !== null, `the body ended ${left} bytes early`);
    left -= count;
  }
  assert.equal(left, 0);
}

/** What the kernel may hold for the two connections of a reader: it lets buffers grow, as a rule to a few megabytes. */
async function kernelBytesMax(): Promise<number> {
  let sum = 0;
  for (const name of ["tcp_rmem", "tcp_wmem"]) {
    const text = await Deno.readTextFile(`/proc/sys/net/ipv4/${name}`);
    sum += 2 * Number(text.trim().split(/\s+/)[2]);
  }
  return sum + PIECE.length;
}

/** Settles when the count has stopped growing: nobody tells when a sender starts to wait. */
async function standsStill(count: () => number): Promise<void> {
  let last = -1;
  await eventually("the senders wait", async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const isStill = count() === last;
    last = count();
    return isStill;
  });
}

async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
