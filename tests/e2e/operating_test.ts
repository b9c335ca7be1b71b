import assert from "node:assert/strict";
import { LIBC, NotifyReceiver } from "../service/notify_receiver.ts";
import { runOpsen } from "./opsen_process.ts";
import { ServerHome } from "./server_home.ts";

const YAML = "json_logging: true\nlog_level: info\nserver_key: sesame\n";

Deno.test({
  name:
    "a service manager follows a server from its start to its end, and its log changes level meanwhile",
  ignore: LIBC === undefined,
  fn: async () => {
    await using home = new ServerHome();
    using manager = new NotifyReceiver(`${home.folder}/notify`);
    await using server = await home.start(YAML, {
      NOTIFY_SOCKET: manager.address,
      WATCHDOG_USEC: "200000",
    });
    let heard = await manager.until(
      /^READY=1\nSTATUS=0 of 0 backends active; listens on 127\.0\.0\.1 port \d+$/,
    );
    heard = await manager.until(/^WATCHDOG=1$/, heard);
    const env = { OPSEN_SERVER_URL: server.url, OPSEN_API_KEY: "sesame" };

    const set = await runOpsen(["log-level", "error", "--for", "10m"], { env });
    assert.match(set.stdout, /^error until \d{4}-/);
    await Deno.writeTextFile(
      `${home.folder}/server.yml`,
      YAML.replace("info", "debug"),
    );
    server.process.kill("SIGHUP");
    heard = await manager.until(
      /^RELOADING=1\nMONOTONIC_USEC=[1-9]\d*$/,
      heard,
    );
    heard = await manager.until(/^READY=1$/, heard);
    const held = await runOpsen(["log-level", "--json"], { env });
    assert.equal(JSON.parse(held.stdout).level, "error");
    const { stderr: saidSoFar } = server.process.output();
    assert.equal(lines(saidSoFar).at(-1)?.message, "Log level changed");

    const back = await runOpsen(["log-level", "--reset"], { env });
    assert.equal(back.stdout, "debug, as configured\n");
    const trail = await runOpsen(["audit", "--json"], { env });
    assert.match(trail.stdout, /"log\.level"/);

    server.process.kill("SIGTERM");
    heard = await manager.until(/^STOPPING=1\n/, heard);
    await manager.until(/^EXTEND_TIMEOUT_USEC=\d+\n/, heard);
    const { code, stderr } = await server.process.ended();
    assert.equal(code, 0);
    for (const { line, data } of lines(stderr)) {
      assert.match(String(line), /^[\w/.-]+\.(ts|js):\d+/);
      assert.equal(typeof data, "object");
    }
  },
});

function lines(text: string): Readonly<Record<string, unknown>>[] {
  return text.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
