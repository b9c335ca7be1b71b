import assert from "node:assert/strict";
import { databasePath, type Folders } from "../../src/cli/database_path.ts";

const DEFAULT = "/opt/opsen/opsen.db";
const SPOT = { kind: "flag", name: "--database" } as const;

/** A file system with these directories, of which the writable ones can be written and grow new ones. */
function folders(
  existing: readonly string[],
  writable: readonly string[],
): Folders & { made: string[] } {
  const made: string[] = [];
  return {
    made,
    isDirectory: (path) => existing.includes(path),
    make(folder) {
      if (!writable.some((parent) => folder.startsWith(`${parent}/`))) {
        throw new Error("permission denied");
      }
      made.push(folder);
    },
    isWritable: (folder) => writable.includes(folder) || made.includes(folder),
  };
}

Deno.test("the default file is used where its folder can be written or made", () => {
  const found = { kind: "found", path: DEFAULT, notice: undefined };
  assert.deepEqual(
    databasePath(DEFAULT, undefined, folders(["/opt/opsen"], ["/opt/opsen"])),
    found,
  );
  const fresh = folders(["/opt"], ["/opt"]);
  assert.deepEqual(databasePath(DEFAULT, undefined, fresh), found);
  assert.deepEqual(fresh.made, ["/opt/opsen"]);
});

Deno.test("without that folder the working directory is used, and it is said", () => {
  const found = {
    kind: "found",
    path: "opsen.db",
    notice:
      `"/opt/opsen" can't be written, so the database is "opsen.db" in the working directory`,
  };
  assert.deepEqual(
    databasePath(DEFAULT, undefined, folders(["/opt"], [])),
    found,
  );
  assert.deepEqual(
    databasePath(DEFAULT, undefined, folders(["/opt/opsen"], [])),
    found,
  );
});

Deno.test("the folder of a file that was named is made, or the file is refused", () => {
  assert.deepEqual(databasePath(DEFAULT, SPOT, folders(["/opt"], [])), {
    kind: "unusable",
    problem:
      `--database: found "${DEFAULT}", whose folder can't be made (permission denied), wanted the path of a file in a folder that can be written`,
  });
  assert.deepEqual(
    databasePath("/data", {
      kind: "file",
      file: "server.yml",
      line: 3,
      column: 11,
    }, folders(["/", "/data"], [])),
    {
      kind: "unusable",
      problem:
        'server.yml:3:11 database: found "/data", which is a directory, wanted the path of a file in a folder that can be written',
    },
  );
  assert.deepEqual(databasePath("opsen.db", SPOT, folders(["."], [])), {
    kind: "found",
    path: "opsen.db",
    notice: undefined,
  });
});

Deno.test("on the real file system several missing folders are made", () => {
  const root = Deno.makeTempDirSync();
  try {
    const path = `${root}/a/b/opsen.db`;
    assert.deepEqual(databasePath(path, SPOT), {
      kind: "found",
      path,
      notice: undefined,
    });
    assert.ok(Deno.statSync(`${root}/a/b`).isDirectory);
    assert.deepEqual(databasePath(path, undefined), {
      kind: "found",
      path,
      notice: undefined,
    });
    assert.deepEqual(
      [...Deno.readDirSync(`${root}/a/b`)],
      [],
      "the trial leaves nothing behind",
    );
    Deno.writeTextFileSync(`${root}/file`, "");
    const refused = databasePath(`${root}/file/opsen.db`, SPOT);
    assert.equal(refused.kind, "unusable");
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});
