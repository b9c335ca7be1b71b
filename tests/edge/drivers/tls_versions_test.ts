import assert from "node:assert/strict";
import { selfSigned } from "./deno/certificates.ts";
import { tlsTest } from "./tls_stage.ts";

/** What a handshake with these options comes to: the version and cipher, or that there is none. */
async function handshake(port: number, ...options: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, ...options],
    stdin: "null",
    stderr: "null",
  }).output();
  const [line = "nothing"] =
    new TextDecoder().decode(stdout).match(/^New, .*$/m) ?? [];
  return line;
}

tlsTest(
  "versions below 1.2 and ciphers without forward secrecy or authenticated encryption are refused",
  async (open) => {
    await using stage = await open();
    const tls = selfSigned();
    const { port } = stage.keep(stage.driver.listen(
      { hostname: "127.0.0.1", port: 0, tls },
      () => stage.recorder(),
    ));
    const weak = ["-cipher", "ALL:@SECLEVEL=0"];
    assert.match(await handshake(port, "-tls1_3"), /^New, TLSv1\.3, Cipher is/);
    assert.match(
      await handshake(port, "-tls1_2", ...weak),
      /^New, TLSv1\.2, Cipher is ECDHE-/,
    );
    for (
      const options of [
        ["-tls1", ...weak],
        ["-tls1_1", ...weak],
        ["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "DHE:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "ECDHE+SHA1:ECDHE+SHA256+AES:!AESGCM:!AESCCM"],
        ["-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"],
      ]
    ) {
      const outcome = await handshake(port, ...options);
      assert.match(outcome, /^(nothing|New, \(NONE\), .*)$/, options.join(" "));
    }
  },
  ["openssl"],
);
