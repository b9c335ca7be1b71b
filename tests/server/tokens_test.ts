import assert from "node:assert/strict";
import { exportSPKI } from "jose";
import { startServer } from "../../src/server.ts";
import { UnusableFileError } from "../../src/server/named_file.ts";
import { serverConfig } from "../config/load_text.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { KeyServer, type Signer, signer, tokenOf } from "../trust/signing.ts";

const HERE = "host: 127.0.0.1\nport: 0\nproxy_endpoints: [/v1]\n";

/** The status and code that a proxied request gets; without a backend a good one gets no capacity. */
async function ask(port: number, token?: string): Promise<string> {
  const headers = token === undefined
    ? {}
    : { authorization: `Bearer ${token}` };
  const url = `http://127.0.0.1:${port}/v1/x`;
  const response = await fetch(url, { headers });
  const { code } = await response.json() as { readonly code: string };
  return `${response.status} ${code}`;
}

/** A token that is good for an hour from now. */
function fresh(by: Signer): Promise<string> {
  return tokenOf(by, { exp: Math.floor(Date.now() / 1000) + 3600 });
}

Deno.test("tokens are asked for as the configuration says, from the start and when that changes", async () => {
  const folder = await Deno.makeTempDir();
  const [first, second] = [await signer("k"), await signer("k")];
  await using keys = new KeyServer(second);
  const write = async ({ publicKey }: Signer) =>
    await Deno.writeTextFile(`${folder}/key.pem`, await exportSPKI(publicKey));
  const config = (jwt: string) => serverConfig(HERE + jwt);
  try {
    await write(first);
    const byFile = await config(`jwt: {key_file: "${folder}/key.pem"}\n`);
    const logger = new FakeLogger();
    await using server = await startServer(byFile, {
      ...{ logger, databasePath: ":memory:" },
    });
    const { port } = server.address;
    assert.equal(await ask(port), "401 missing_token");
    assert.equal(await ask(port, "a.b.c"), "401 invalid_token");
    assert.equal(await ask(port, await fresh(second)), "401 invalid_token");
    const token = await fresh(first);
    assert.equal(await ask(port, token), "503 no_capacity");

    // A file that is no key changes nothing.
    await Deno.writeTextFile(`${folder}/key.pem`, "no key");
    await assert.rejects(server.prepare(byFile), (error) => {
      assert.ok(error instanceof UnusableFileError);
      assert.match(
        error.message,
        /^Cannot use jwt\.key_file ".*\/key\.pem": found neither/,
      );
      return true;
    });
    assert.equal(await ask(port, token), "503 no_capacity");

    await write(second);
    (await server.prepare(byFile)).apply();
    assert.equal(await ask(port, token), "401 invalid_token");
    assert.equal(await ask(port, await fresh(second)), "503 no_capacity");

    const byUrl = await config(`jwt: {jwks_url: "${keys.url}"}\n`);
    (await server.prepare(byUrl)).apply();
    assert.equal(await ask(port, token), "401 invalid_token");
    assert.equal(await ask(port, await fresh(second)), "503 no_capacity");

    (await server.prepare(await config(""))).apply();
    assert.equal(await ask(port), "503 no_capacity");
    assert.doesNotMatch(JSON.stringify(logger.lines), new RegExp(token));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
