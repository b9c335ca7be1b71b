/** The services of the package under a real systemd, step by step. */
import assert from "node:assert/strict";
import type { BootedDebian } from "./booted_debian.ts";
import type { Packages } from "./life.ts";

const SERVER = "opsen-server.service";
const CLIENT = "opsen-client.service";
const SERVER_YML = "/etc/opsen/server.yml";
const CLIENT_YML = "/etc/opsen/client.yml";
const KEY_FILE = "/etc/opsen/server_key";
const KEY = "of-no-machine-but-this-0123456789abcdef";
/** Long enough for a watchdog of {@link WATCHDOG_S} seconds and for reports every few seconds, times 100 ms. */
const LATER = 900;
const WATCHDOG_S = 4;

/** A step and what it holds the services to; each begins where the one before it ended. */
export type BootedStep = (
  debian: BootedDebian,
  packages: Packages,
) => Promise<void>;

/** The steps, in their order. */
export const BOOTED_LIFE: Readonly<Record<string, BootedStep>> = {
  "under systemd: the server starts with the installation, the client waits for a server's URL":
    async (debian, { first }) => {
      const said = await succeeds(debian, "dpkg", "-i", first);
      assert.match(said, /the client waits for a server_url/);
      assert.equal(await state(debian, SERVER), "active");
      assert.equal(await state(debian, CLIENT), "inactive");
      assert.match(
        await property(debian, SERVER, "StatusText"),
        /^0 of 0 backends active; listens on 127\.0\.0\.1 port 8080$/,
      );
      assert.match(await succeeds(debian, "opsen", "health"), /^OPSEN OK - /);
    },
  "under systemd: a client that was told its server registers there": async (
    debian,
  ) => {
    await append(debian, CLIENT_YML, "server_url: http://127.0.0.1:8080");
    await succeeds(debian, "systemctl", "restart", CLIENT);
    await debian.until("a backend", ["opsen", "health"], /1 of 1 backends/);
    assert.match(
      await property(debian, CLIENT, "StatusText"),
      /^Measures .* for http:\/\/127\.0\.0\.1:8080/,
    );
  },
  "under systemd: the journal knows how much each line matters": async (
    debian,
  ) => {
    const lines = (...more: string[]) =>
      succeeds(debian, "journalctl", "-u", SERVER, "-o", "cat", ...more);
    assert.match(await lines("-p", "warning"), /WARN .*No server_key/);
    assert.doesNotMatch(await lines("-p", "warning"), /INFO /);
    assert.match(await lines(), /^\d.* INFO .*Listening/m);
  },
  "under systemd: a wrong configuration changes nothing, and stands in the status until it is mended":
    async (debian) => {
      const status = ["systemctl", "show", SERVER, "-pStatusText", "--value"];
      const before = await property(debian, SERVER, "MainPID");
      await append(debian, SERVER_YML, "prot: 9");
      await succeeds(debian, "systemctl", "reload", SERVER);
      await debian.until(
        "the refusal",
        status,
        /^configuration refused: \/etc\/opsen\/server\.yml:\d+:1 prot: /,
      );
      await succeeds(debian, "sed", "-i", "/^prot:/d", SERVER_YML);
      await succeeds(debian, "systemctl", "reload", SERVER);
      await debian.until("the status as before", status, /^1 of 1 backends/);
      assert.equal(await property(debian, SERVER, "MainPID"), before);
    },
  "under systemd: a server that is killed comes back with what it knew": async (
    debian,
  ) => {
    await replaced(debian, SERVER, "KILL");
    await debian.until("its answer", ["opsen", "health"], /1 of 1 backends/);
  },
  "under systemd: a client whose server is away says so where people look":
    async (debian) => {
      const status = ["systemctl", "show", CLIENT, "-pStatusText", "--value"];
      await succeeds(debian, "systemctl", "stop", SERVER);
      assert.equal(await property(debian, SERVER, "Result"), "success");
      await debian.until("its word", status, /^Cannot report at /, LATER);
      assert.equal(await state(debian, CLIENT), "active");
      await succeeds(debian, "systemctl", "start", SERVER);
      await debian.until("its return", status, /^Measures /, LATER);
    },
  "under systemd: keys are credentials, and a low port needs two lines": async (
    debian,
  ) => {
    const script = `umask 077; printf %s ${KEY} > ${KEY_FILE}`;
    await succeeds(debian, "sh", "-c", script);
    const credential = `LoadCredential=server_key:${KEY_FILE}`;
    const watchdog = `WatchdogSec=${WATCHDOG_S}`;
    await override(debian, SERVER, [
      ...[credential, watchdog, "PrivateUsers=no"],
      "AmbientCapabilities=CAP_NET_BIND_SERVICE",
      "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
    ]);
    await override(debian, CLIENT, [credential, watchdog]);
    await succeeds(debian, "sed", "-i", "s/^port:.*/port: 80/", SERVER_YML);
    await succeeds(debian, "sed", "-i", "s/:8080/:80/", CLIENT_YML);
    await succeeds(debian, "systemctl", "daemon-reload");
    await succeeds(debian, "systemctl", "restart", SERVER, CLIENT);
    const url = "http://127.0.0.1";
    const list = ["opsen", "clients", "--server", url, "--json"];
    assert.match((await debian.run(...list)).said, /API key/);
    const withKey = ["env", `OPSEN_API_KEY=${KEY}`, ...list];
    await debian.until("a backend", withKey, /"is_active": ?true/, LATER);
  },
  "under systemd: who says nothing any more is ended and started again": async (
    debian,
  ) => {
    for (const unit of [SERVER, CLIENT]) await replaced(debian, unit, "STOP");
    const health = ["opsen", "health", "--server", "http://127.0.0.1"];
    await debian.until("the fleet", health, /1 of 1 backends/, LATER);
  },
  "under systemd: an upgrade starts the new program, a purge leaves no unit behind":
    async (debian, { next }) => {
      const before = await property(debian, SERVER, "MainPID");
      await succeeds(debian, "dpkg", "-i", next);
      await debian.until(
        "the new server",
        ["systemctl", "is-active", SERVER, CLIENT],
        /^active\nactive$/,
      );
      assert.notEqual(await property(debian, SERVER, "MainPID"), before);
      await succeeds(debian, "dpkg", "-P", "opsen");
      for (const unit of [SERVER, CLIENT]) {
        assert.equal(await property(debian, unit, "ActiveState"), "inactive");
        assert.notEqual((await debian.run("systemctl", "cat", unit)).code, 0);
      }
    },
};

async function succeeds(
  debian: BootedDebian,
  ...command: readonly string[]
): Promise<string> {
  const { code, said } = await debian.run(...command);
  if (code === 0) return said;
  const journal = await debian.run("journalctl", "-b", "-n", "40");
  throw new Error(`${command.join(" ")}: ${said}\n${journal.said}`);
}

/** Sends the process of a unit a signal; there has to be another one, ready, before long. */
async function replaced(
  debian: BootedDebian,
  unit: string,
  signal: string,
): Promise<void> {
  const before = await property(debian, unit, "MainPID");
  await succeeds(debian, "sh", "-c", `kill -${signal} ${before}`);
  await debian.until(
    `another process of ${unit}`,
    ["systemctl", "show", unit, "-p", "ActiveState,MainPID", "--value"],
    new RegExp(`^(?!${before}$)[1-9]\\d*\\nactive$`),
    LATER,
  );
}

async function state(debian: BootedDebian, unit: string): Promise<string> {
  return await property(debian, unit, "ActiveState");
}

async function property(
  debian: BootedDebian,
  unit: string,
  name: string,
): Promise<string> {
  const show = ["systemctl", "show", unit, "-p", name, "--value"];
  return await succeeds(debian, ...show);
}

async function append(
  debian: BootedDebian,
  path: string,
  line: string,
): Promise<void> {
  await succeeds(debian, "sh", "-c", 'echo "$1" >> "$2"', "sh", line, path);
}

async function override(
  debian: BootedDebian,
  unit: string,
  lines: readonly string[],
): Promise<void> {
  const folder = `/etc/systemd/system/${unit}.d`;
  await succeeds(debian, "mkdir", "-p", folder);
  const text = ["[Service]", ...lines].join("\n");
  await append(debian, `${folder}/override.conf`, text);
}
