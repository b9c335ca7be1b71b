import assert from "node:assert/strict";
import { NO_SUCH_FILE } from "../../src/config/file_reader.ts";
import { loadClientConfig } from "../../src/config/load_client_config.ts";
import { loadServerConfig } from "../../src/config/load_server_config.ts";
import type { LoadInput } from "../../src/config/load.ts";

/** An input whose file holds the text, in a world where there are these files. */
function inputOf(
  text: string,
  files: readonly string[],
  folder = "/run/credentials/opsen",
): LoadInput {
  return {
    configPath: "opsen.yml",
    env: (name) => name === "CREDENTIALS_DIRECTORY" ? folder : undefined,
    flags: [],
    readFile: (path) => {
      if (path === "opsen.yml") {
        return { kind: "read", bytes: new TextEncoder().encode(text) };
      }
      return files.includes(path)
        ? { kind: "too_large" }
        : { kind: "unreadable", found: NO_SUCH_FILE };
    },
  };
}

async function serverWith(...input: Parameters<typeof inputOf>) {
  const loaded = await loadServerConfig(inputOf(...input));
  assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
  return loaded.config;
}

const KEY = "/run/credentials/opsen/server_key";

Deno.test("a secret with a relative path is looked for among the credentials first", async () => {
  const text = `server_key_file: key
tls_key_file: tls.key
tls_cert_file: tls.crt
upstream_key_file: /etc/up.key
upstream_cert_file: up.crt
tls: [{hosts: [a.test], cert_file: a.crt, key_file: a.key}]
api_keys: [{key_file: ci}, {key_file: elsewhere}]
jwt: {key_file: jwt.pem}
`;
  const folder = "/run/credentials/opsen";
  const there = ["key", "tls.key", "tls.crt", "a.key", "ci", "jwt.pem"];
  const config = await serverWith(
    text,
    there.map((name) => `${folder}/${name}`),
  );
  assert.deepEqual([
    config.serverKeyFile,
    config.tlsKeyFile,
    config.tlsCertFile,
    config.upstreamKeyFile,
    config.tls[0]?.keyFile,
    config.apiKeys.map(({ keyFile }) => keyFile),
    config.jwt.keyFile,
  ], [
    `${folder}/key`,
    `${folder}/tls.key`,
    "tls.crt",
    "/etc/up.key",
    `${folder}/a.key`,
    [`${folder}/ci`, "elsewhere"],
    `${folder}/jwt.pem`,
  ]);
});

Deno.test("a credential called server_key counts where the configuration says nothing", async () => {
  const pathWith = async (text: string) =>
    (await serverWith(text, [KEY])).serverKeyFile;
  assert.equal(await pathWith(""), KEY);
  assert.equal(await pathWith("server_key: k"), "");
  assert.equal(await pathWith("server_key_file: /etc/key"), "/etc/key");
  assert.equal((await serverWith("", [])).serverKeyFile, "");
  assert.equal((await serverWith("", ["/server_key"], "")).serverKeyFile, "");
});

Deno.test("a client's secrets are looked for there too", async () => {
  const files = [KEY, "/run/credentials/opsen/token"];
  const input = inputOf("enrol_token_file: token", files);
  const loaded = await loadClientConfig(input);
  assert.ok(loaded.kind === "loaded");
  const { serverKeyFile, enrolTokenFile } = loaded.config;
  assert.deepEqual([serverKeyFile, enrolTokenFile], files);
});

Deno.test("a credential that may not be read is not passed over", async () => {
  const input = inputOf("", []);
  const loaded = await loadServerConfig({
    ...input,
    readFile: (path, bytesMax) =>
      path === KEY
        ? { kind: "unreadable", found: "a file that this user may not read" }
        : input.readFile(path, bytesMax),
  });
  assert.ok(loaded.kind === "loaded");
  assert.equal(loaded.config.serverKeyFile, KEY);
});
