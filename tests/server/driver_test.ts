import assert from "node:assert/strict";
import { upstreamTlsOf } from "../../src/server/driver.ts";
import { UnusableFileError } from "../../src/server/named_file.ts";
import { serverConfig } from "../config/load_text.ts";
import { selfSigned } from "../edge/drivers/deno/certificates.ts";

const { cert, key } = selfSigned();

async function authoritiesOf(text: string): Promise<readonly string[]> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    const config = await serverConfig(`upstream_ca_file: ${path}\n`);
    return (await upstreamTlsOf(config)).caCerts;
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("authorities are taken as their file holds them, one or several, with words between them", async () => {
  for (const text of [cert, `# one\n${cert}\n# two\n${cert}`]) {
    assert.deepEqual(await authoritiesOf(text), [text]);
  }
});

Deno.test("a file without a whole certificate is refused by its key and path", async () => {
  const half = cert.slice(0, cert.length / 2);
  for (const text of ["", "garbage", key, half, cert + half]) {
    await assert.rejects(authoritiesOf(text), (error) => {
      assert.ok(error instanceof UnusableFileError);
      assert.match(error.message, /^Cannot use upstream_ca_file "\/.+": ./);
      return true;
    });
  }
});
