import assert from "node:assert/strict";
import { TextFiles } from "../../src/collect/text_files.ts";
import { valueOf } from "./readings.ts";

Deno.test({
  name: "a file of the kernel that comes in pieces is put together in order",
  ignore: Deno.build.os !== "linux",
  fn() {
    using files = new TextFiles();
    // The kernel hands out /proc/PID/maps a page at a time, lowest address first.
    for (let i = 0; i < 2; i++) {
      const maps = valueOf(files.reread("/proc/self/maps"));
      const starts = maps.trimEnd().split("\n").map((line) =>
        BigInt(`0x${/^([0-9a-f]+)-[0-9a-f]+ /.exec(line)?.[1] ?? "?"}`)
      );
      assert.ok(maps.length > 8192, `${maps.length}`);
      assert.ok(
        starts.every((at, line) => line === 0 || at > (starts[line - 1] ?? at)),
      );
    }
  },
});
