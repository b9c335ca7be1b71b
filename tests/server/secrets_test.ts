import assert from "node:assert/strict";
import { UnusableFileError } from "../../src/server/named_file.ts";
import {
  warnOfReadableSecrets,
  withSecrets,
} from "../../src/server/secrets.ts";
import { serverConfig } from "../config/load_text.ts";
import { FakeLogger } from "../fakes/logger.ts";

async function inFolder(
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("keys of files stand where keys of the configuration do", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/server`, "sesame\n");
    await Deno.writeTextFile(`${folder}/ci`, "of ci\r\n");
    const config = await serverConfig(
      `server_key_file: ${folder}/server\napi_keys: [plain, {name: ci, key_file: ${folder}/ci}]\n`,
    );
    const { serverKey, apiKeys } = await withSecrets(config);
    assert.deepEqual([serverKey, apiKeys.map(({ key }) => key)], [
      "sesame",
      ["plain", "of ci"],
    ]);
  });
});

for (
  const [words, text, reason] of [
    ["nothing", "", /it is empty/],
    ["a line break alone", "\n", /it is empty/],
    ["two lines", "secret-1\nsecret-2\n", /one line of printable ASCII/],
    ["spaces around it", " secret-1", /one line of printable ASCII/],
    ["what no field can hold", "secret-1\u{1f511}", /printable ASCII/],
    ["far too much", "secret-1".repeat(1000), /wanted at most 4096/],
  ] as const
) {
  Deno.test(`a file with ${words} is refused by key and path, without what stands in it`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/key`;
      await Deno.writeTextFile(path, text);
      const config = await serverConfig(`api_keys: [{key_file: ${path}}]`);
      await assert.rejects(withSecrets(config), (error) => {
        assert.ok(error instanceof UnusableFileError);
        const { message } = error;
        assert.ok(
          message.startsWith(`Cannot use api_keys[0].key_file "${path}": `),
          message,
        );
        assert.match(message, reason);
        assert.doesNotMatch(message, /secret-/);
        return true;
      });
    });
  });
}

Deno.test("a file that is not there is refused by key and path", async () => {
  const config = await serverConfig("server_key_file: /nonexistent/key");
  await assert.rejects(
    withSecrets(config),
    /Cannot read server_key_file "\/nonexistent\/key": /,
  );
});

Deno.test("a file that others may read is warned of, and one that they may not is not", async () => {
  await inFolder(async (folder) => {
    const config = await serverConfig(
      `server_key_file: ${folder}/a\napi_keys: [{key_file: ${folder}/b}]\n`,
    );
    await Deno.writeTextFile(`${folder}/a`, "k");
    await Deno.writeTextFile(`${folder}/b`, "k");
    await Deno.chmod(`${folder}/a`, 0o640);
    await Deno.chmod(`${folder}/b`, 0o600);
    const logger = new FakeLogger();
    await warnOfReadableSecrets(config, logger);
    assert.deepEqual(logger.lines.map(({ level, data }) => [level, data]), [
      ["warn", {
        namedBy: "server_key_file",
        path: `${folder}/a`,
        mode: "0640",
        wanted: "0600",
      }],
    ]);
  });
});
