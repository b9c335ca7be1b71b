import assert from "node:assert/strict";
import { openDenoDriver } from "../../../../src/edge/drivers/deno/deno_driver.ts";
import { FakeLogger } from "../../../fakes/logger.ts";
import { type Meeting, Stage } from "../stage.ts";
import { bytesOf, Feeder, send, settled } from "../traffic.ts";

Deno.test("what a peer said before it hung up on our writing is still heard", async () => {
  await using stage = new Stage(openDenoDriver({
    logger: new FakeLogger(),
    now: () => performance.now(),
  }));
  const feeder = new Feeder(new Uint8Array(16 * 1024 * 1024));
  const meeting: Meeting = await stage.outgoing({
    onWritable: () => feeder.feed(meeting.socket),
  });
  const { socket, recorder, peer } = meeting;
  feeder.feed(socket);
  await settled();
  assert.ok(!feeder.isDone);
  await send(peer, bytesOf("413"));
  peer.close();
  await recorder.untilEvent("gone:reset");
  await settled();
  assert.equal(recorder.text, "413");
  assert.ok(!recorder.events.includes("end"));
});
