import assert from "node:assert/strict";
import { connectionsMax } from "../../src/server/door_settings.ts";
import {
  adminAddress,
  CannotListenError,
  listenAddress,
} from "../../src/server/listening.ts";
import { serverConfig } from "../config/load_text.ts";
import { FakeLogger } from "../fakes/logger.ts";

Deno.test("no more connections are held than files may be open, and that is said", async () => {
  const config = await serverConfig("max_connections: 1000\n");
  for (
    const [files, held, warnings] of [
      [undefined, 1000, 0],
      [100_000, 1000, 0],
      [464, 300, 1],
      [10, 1, 1],
    ] as const
  ) {
    const logger = new FakeLogger();
    assert.equal(connectionsMax(config, files, logger), held);
    assert.equal(logger.messages("warn").length, warnings, `${files}`);
  }
});

Deno.test("the address of the management paths is read with and without brackets", async () => {
  const tls = { cert: "c", key: "k" };
  for (
    const [text, hostname, port] of [
      ["127.0.0.1:9000", "127.0.0.1", 9000],
      ["[::1]:9001", "::1", 9001],
    ] as const
  ) {
    const config = await serverConfig(`admin_listen: "${text}"\n`);
    const plain = await adminAddress(config, { hostname: "x", port: 1 });
    assert.deepEqual(plain, { hostname, port, reusePort: false });
    const secure = await adminAddress(config, { hostname: "x", port: 1, tls });
    assert.deepEqual(secure, { hostname, port, reusePort: false, tls });
  }
  const none = await serverConfig("");
  assert.equal(
    await adminAddress(none, { hostname: "x", port: 1 }),
    undefined,
  );
});

Deno.test("a host that is none is named", async () => {
  const nobody = await serverConfig("host: no-such-host.invalid\n");
  await assert.rejects(listenAddress(nobody, undefined), CannotListenError);
});
