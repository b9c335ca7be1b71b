import assert from "node:assert/strict";
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";
import { opsen } from "../cli/fake_shell.ts";
import { freePort } from "../free_port.ts";
import { eventually } from "./eventually.ts";
import { type OpsenProcess, startOpsen } from "./opsen_process.ts";
import {
  HASH,
  MARK,
  plantedValue,
  plantedYaml,
  type SecretKey,
  secretKeys,
} from "./planted.ts";
import { ServerHome } from "./server_home.ts";

const SERVER_SECRETS = secretKeys(SERVER_ROLE.keys);
const CLIENT_SECRETS = secretKeys(CLIENT_ROLE.keys);

Deno.test("the secret keys are those that are known to be", () => {
  assert.deepEqual(SERVER_SECRETS.map(({ path }) => path).toSorted(), [
    "api_keys[].key",
    "api_keys[].key_hash",
    "config_url",
    "events_secret",
    "events_url",
    "server_key",
  ]);
  assert.deepEqual(CLIENT_SECRETS.map(({ path }) => path), ["server_key"]);
});

Deno.test("no secret shows in a log, an answer, an error, a metric, or the arguments of a process", async () => {
  await using home = new ServerHome();
  const dead = freePort();
  const planted = (key: SecretKey) => plantedValue(key, dead);
  const [serverKey] = CLIENT_SECRETS;
  assert.ok(serverKey !== undefined);
  const key = planted(serverKey);
  await using server = await home.start(
    `log_level: debug\n${plantedYaml(SERVER_SECRETS, planted)}`,
  );
  const clientYaml = `${home.folder}/client.yml`;
  await Deno.writeTextFile(
    clientYaml,
    `server_url: ${server.url}\nlog_level: debug\nclient_id: one\nstate_dir: ${home.folder}/state\nendpoint_url: http://127.0.0.1:${dead}\nreport_interval_seconds: 1\n${
      plantedYaml(CLIENT_SECRETS, planted)
    }`,
  );
  await using client = await startOpsen(["client", "--config", clientYaml]);

  const shown: string[] = [];
  const auth = { "x-api-key": key };
  await eventually(
    "the server knows the key",
    async () => (await server.get("/clients", auth)).status === 200,
  );
  await client.said(/Registered as/);
  for (
    const path of [
      ...["/health", "/clients", "/_opsen/config", "/_opsen/config/history"],
      ...["/_opsen/metrics", "/_opsen/keys", "/_opsen/leases", "/_opsen/audit"],
      ...["/_opsen/decisions", "/_opsen/queue", "/_opsen/nowhere"],
    ]
  ) {
    const headers = [{}, auth, { "x-api-key": `${key}x` }];
    for (const fields of headers) shown.push(await answerOf(path, fields));
  }
  shown.push(
    await answerOf(`/clients?key=1`, { authorization: `Basic ${key}` }),
  );
  // A reload that is refused says what was found, but not in a secret.
  await Deno.writeTextFile(
    `${home.folder}/server.yml`,
    plantedYaml(SERVER_SECRETS, (key) => `${planted(key)}\u0007`) +
      "port: wrong\n",
  );
  shown.push(await answerOf("/_opsen/config/reload", auth, "POST"));
  shown.push(await answerOf("/_opsen/config/history", auth));
  shown.push(...[server.process, client].map(argumentsOf));

  await client.stop();
  await server.process.stop();
  for (
    const { stdout, stderr } of [server.process, client].map((opsen) =>
      opsen.output()
    )
  ) {
    shown.push(stdout, stderr);
  }
  refuseSecrets(shown.join("\n"));

  async function answerOf(
    path: string,
    headers: Readonly<Record<string, string>>,
    method = "GET",
  ): Promise<string> {
    const response = await fetch(server.url + path, { headers, method });
    return [path, ...response.headers, await response.text()].join("\n");
  }
});

for (
  const [role, secrets] of [
    ["server", SERVER_SECRETS],
    ["client", CLIENT_SECRETS],
  ] as const
) {
  Deno.test(`no secret of the ${role} shows where its configuration is printed or refused`, async () => {
    const path = await Deno.makeTempFile({ suffix: ".yml" });
    const planted = (key: SecretKey) => plantedValue(key, 1);
    const shown: string[] = [];
    const texts = [
      plantedYaml(secrets, planted),
      plantedYaml(secrets, (key) => `${planted(key)}\u0007`),
      plantedYaml(secrets, (key) => ` ${planted(key)}`),
      // A list where text belongs, and text where a list belongs.
      secrets.map((key) => `${top(key)}: [[${planted(key)}]]`).join("\n"),
      secrets.map((key) => `${top(key)}: {x: "${planted(key)}"}`).join("\n"),
      // Twice, and without an end.
      `${plantedYaml(secrets, planted)}${plantedYaml(secrets, planted)}`,
      `${plantedYaml(secrets, planted)}x: "`,
    ];
    try {
      for (const text of texts) {
        await Deno.writeTextFile(path, text);
        for (
          const [verb, ...flags] of [["check"], ["print"], ["print", "--json"]]
        ) {
          const { out, err } = await opsen([
            ...["config", verb ?? "", "--role", role, "--config", path],
            ...flags,
          ]);
          shown.push(out, err);
        }
      }
    } finally {
      await Deno.remove(path);
    }
    refuseSecrets(shown.join("\n"));
  });
}

function top({ path }: SecretKey): string {
  return path.replace(/[.[].*$/, "");
}

function refuseSecrets(text: string): void {
  const lines = text.split("\n").filter((line) =>
    line.includes(MARK) || line.includes(HASH)
  );
  assert.deepEqual(lines, []);
}

function argumentsOf({ pid }: OpsenProcess): string {
  return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
}
