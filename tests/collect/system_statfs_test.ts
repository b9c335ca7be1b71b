import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { diskOf } from "../../src/collect/disk.ts";
import { libcOf, SystemStatfs } from "../../src/collect/system_statfs.ts";
import { valueOf } from "./readings.ts";

Deno.test("the system says of a real path what Node says, in the same units", async () => {
  using system = new SystemStatfs();
  const path = Deno.cwd();
  const { totalBytes, availableBytes } = valueOf(
    diskOf(await system.call(path), path),
  );
  const expected = await statfs(path);
  assert.equal(totalBytes, expected.blocks * expected.bsize);
  assert.ok(availableBytes >= 0 && availableBytes <= totalBytes);
});

Deno.test("a path that is not there is refused with the system's words, again and again", async () => {
  using system = new SystemStatfs();
  for (let i = 0; i < 2; i++) {
    await assert.rejects(system.call("/no/such/folder"), /No such file/);
  }
  assert.ok((await system.call("/")).blocks > 0);
});

Deno.test("without the C library Node answers", async () => {
  const system = new SystemStatfs();
  system[Symbol.dispose]();
  assert.ok((await system.call("/")).blocks > 0);
  system[Symbol.dispose]();
});

Deno.test("the C library is found among the mapped files, glibc and musl", () => {
  const maps = (path: string) =>
    `7f00-7f01 r-xp 00000000 08:01 42    /usr/bin/deno\n` +
    `7f02-7f03 r-xp 00000000 08:01 43                         ${path}\n` +
    `7ffd-7ffe rw-p 00000000 00:00 0                          [stack]\n`;
  for (
    const path of [
      "/usr/lib/x86_64-linux-gnu/libc.so.6",
      "/lib64/libc.so.6",
      "/lib/ld-musl-x86_64.so.1",
      "/lib/libc.musl-aarch64.so.1",
    ]
  ) assert.equal(libcOf(maps(path)), path);
  assert.equal(libcOf(maps("/tmp/libc.so.6.bak")), undefined);
  assert.equal(libcOf(maps("/usr/lib/libcrypto.so.6")), undefined);
  assert.equal(libcOf(""), undefined);
});
