import assert from "node:assert/strict";
import { Command } from "commander";
import fc from "fast-check";
import {
  addConfigFlags,
  type ConfigFlags,
} from "../../src/cli/config_flags.ts";
import { withTwoDashes } from "../../src/cli/go_style.ts";
import { plainFlags } from "../../src/cli/plain_flags.ts";
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { seedOf } from "../seed.ts";

/** What commander makes of the arguments; undefined when it refuses them. */
function byCommander(args: readonly string[]): ConfigFlags | undefined {
  const command = new Command().exitOverride().configureOutput({
    writeErr: () => {},
    writeOut: () => {},
  });
  const flags = addConfigFlags(command, SERVER_ROLE);
  try {
    command.parse(withTwoDashes(args, command), { from: "user" });
    return flags();
  } catch {
    return undefined;
  }
}

Deno.test("flags of either style are read in their order", () => {
  assert.deepEqual(
    plainFlags([
      "-server",
      "http://a",
      "--window=5",
      "-id=x=y",
      "--config",
      "c.yml",
      "-no-skip-geolocation",
      "--insecure-tls",
      "-log-level",
      "debug",
    ], CLIENT_ROLE),
    {
      configPath: "c.yml",
      flags: [
        { path: "server_url", flag: "--server-url", value: "http://a" },
        { path: "window_minutes", flag: "--window-minutes", value: "5" },
        { path: "client_id", flag: "--client-id", value: "x=y" },
        {
          path: "skip_geolocation",
          flag: "--no-skip-geolocation",
          value: "false",
        },
        { path: "insecure_tls", flag: "--insecure-tls", value: "true" },
        { path: "log_level", flag: "--log-level", value: "debug" },
      ],
    },
  );
  assert.deepEqual(plainFlags([], CLIENT_ROLE), {
    configPath: undefined,
    flags: [],
  });
});

Deno.test("whatever needs an explanation is left to commander", () => {
  for (
    const args of [
      ["--help"],
      ["-h"],
      ["--version"],
      ["--prot", "1"],
      ["--port"],
      ["word"],
      ["--"],
      ["--port", "1", "word"],
      ["--no-ui=true"],
      [""],
      ["-"],
    ]
  ) {
    assert.equal(plainFlags(args, SERVER_ROLE), undefined, args.join(" "));
  }
});

Deno.test("what is read without commander is what commander reads", () => {
  const seed = seedOf("plain_flags");
  const word = fc.constantFrom(
    "--port",
    "-port",
    "--port=1",
    "-port=",
    "--ui",
    "-ui",
    "--ui=false",
    "--no-ui",
    "-no-ui",
    "--no-ui=x",
    "--db",
    "-db=a=b",
    "--api-keys",
    "--config",
    "-config=x",
    "--host",
    "--prot",
    "-h",
    "-1",
    "-.5e3",
    "-x",
    "-",
    "--",
    "",
    "1",
    "true",
    "a b",
    "x\ny",
    "--ui=",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (args) => {
      const plain = plainFlags(args, SERVER_ROLE);
      if (plain !== undefined) assert.deepEqual(plain, byCommander(args));
    }),
    { seed, numRuns: 1500 },
  );
});
