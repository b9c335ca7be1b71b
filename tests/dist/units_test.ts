import assert from "node:assert/strict";
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";

/** Units that ship, and the most that `systemd-analyze security` may say of each (0 is shut in, 10 is free). */
const UNITS = [
  { name: "opsen-server", role: SERVER_ROLE, exposureMax: 2.0 },
  { name: "opsen-client", role: CLIENT_ROLE, exposureMax: 3.5 },
] as const;

function pathOf(name: string): string {
  return new URL(`../../dist/systemd/${name}.service`, import.meta.url)
    .pathname;
}

const hasAnalyzer = await runs("systemd-analyze", "--version");

for (const { name, role, exposureMax } of UNITS) {
  Deno.test({
    name: `${name}.service is confined as far as its program allows`,
    ignore: !hasAnalyzer,
    fn: async () => {
      const { stdout } = await new Deno.Command("systemd-analyze", {
        args: ["security", "--offline=true", "--no-pager", pathOf(name)],
        stderr: "null",
      }).output();
      const text = new TextDecoder().decode(stdout);
      const exposure = Number(
        /Overall exposure level .*: ([\d.]+)/.exec(text)?.[1] ?? NaN,
      );
      assert.ok(exposure <= exposureMax, text);
    },
  });

  Deno.test(`${name}.service runs as the user that installing makes`, () => {
    assert.deepEqual(settings(name, "User"), ["opsen"]);
    assert.deepEqual(settings(name, "Group"), ["opsen"]);
    assert.deepEqual(settings(name, "DynamicUser"), []);
  });

  Deno.test({
    name: `${name}.service has nothing that systemd does not know`,
    ignore: !hasAnalyzer,
    fn: async () => {
      const { stderr } = await new Deno.Command("systemd-analyze", {
        args: ["verify", "--man=no", pathOf(name)],
        stdout: "null",
      }).output();
      const lines = new TextDecoder().decode(stderr).split("\n")
        // Its program is not installed here, and other units are not ours.
        .filter((line) => line.includes(`${name}.service`))
        .filter((line) => !/is not executable/.test(line));
      assert.deepEqual(lines, []);
    },
  });

  Deno.test(`${name}.service is started again for as long as it takes`, () => {
    assert.deepEqual(settings(name, "Restart"), ["always"]);
    assert.deepEqual(settings(name, "StartLimitIntervalSec"), ["0"]);
  });

  Deno.test(`${name}.service waits for its program to say that it is ready, and that it lives`, () => {
    assert.deepEqual(settings(name, "Type"), ["notify"]);
    assert.deepEqual(settings(name, "NotifyAccess"), ["main"]);
    assert.equal(settings(name, "WatchdogSec").length, 1);
  });

  Deno.test(`${name}.service sets only variables that the program reads`, () => {
    const variables = leavesOf(role.keys).map(({ outside }) =>
      outside?.variable
    );
    const set = settings(name, "Environment").map((text) =>
      text.split("=", 1)[0]
    );
    for (const variable of set) assert.ok(variables.includes(variable));
  });

  Deno.test(`${name}.service writes nowhere but into the folders that it makes`, () => {
    assert.deepEqual(settings(name, "ProtectSystem"), ["strict"]);
    assert.deepEqual(
      settings(name, "ReadWritePaths"),
      role === SERVER_ROLE ? ["-/opt/opsen"] : [],
    );
    const [folder = ""] = settings(name, "StateDirectory");
    const kept = settings(name, "Environment")
      .map((text) => text.slice(text.indexOf("=") + 1));
    for (const path of kept) {
      assert.ok(`${path}/`.startsWith(`/var/lib/${folder}/`), path);
    }
  });
}

function settings(name: string, key: string): string[] {
  return Deno.readTextFileSync(pathOf(name)).split("\n")
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));
}

async function runs(program: string, ...args: string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(program, { args, stdout: "null" });
    return (await command.output()).success;
  } catch {
    return false;
  }
}
