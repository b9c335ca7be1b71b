import assert from "node:assert/strict";
import { readLimitedFile } from "../../src/cli/read_limited_file.ts";

Deno.test("a file up to the bound is read whole, a larger one not at all", () => {
  const path = Deno.makeTempFileSync();
  try {
    for (const length of [0, 1, 65_536, 65_537, 200_000]) {
      const bytes = crypto.getRandomValues(new Uint8Array(65_536));
      const content = new Uint8Array(length).map((_, index) =>
        bytes[index % bytes.length] ?? 0
      );
      Deno.writeFileSync(path, content);
      assert.deepEqual(readLimitedFile(path, length), {
        kind: "read",
        bytes: content,
      });
      if (length > 0) {
        assert.deepEqual(readLimitedFile(path, length - 1), {
          kind: "too_large",
        });
      }
    }
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("what is no file is said in words", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/file`, "");
    assert.deepEqual(readLimitedFile(`${folder}/none`, 1), {
      kind: "unreadable",
      found: "no such file",
    });
    assert.deepEqual(readLimitedFile(folder, 1), {
      kind: "unreadable",
      found: "a directory",
    });
    assert.deepEqual(readLimitedFile(`${folder}/file/x`, 1), {
      kind: "unreadable",
      found: "a file where the path needs a directory",
    });
    assert.equal(readLimitedFile("bad\0path", 1).kind, "unreadable");
    assert.equal(readLimitedFile("", 1).kind, "unreadable");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test({
  name: "a device without end is given up at the bound",
  ignore: Deno.build.os === "windows",
  fn: () =>
    assert.deepEqual(readLimitedFile("/dev/zero", 100_000), {
      kind: "too_large",
    }),
});
