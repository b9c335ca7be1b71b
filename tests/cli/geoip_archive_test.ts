import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ArchiveError,
  DatabaseInArchive,
} from "../../src/cli/geoip_archive.ts";
import {
  joined,
  type Member,
  membersAround,
  places,
  tarOf,
} from "./geoip_archives.ts";

const CONTENT = new TextEncoder().encode("the database");

/** The database in an archive that comes in pieces of these lengths, over and over. */
function databaseIn(
  archive: Uint8Array,
  lengths: readonly number[] = [archive.length],
): Uint8Array {
  const tar = new DatabaseInArchive();
  const parts: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < archive.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    parts.push(...tar.take(archive.subarray(at, at + length)));
    at += length;
  }
  tar.end();
  return joined(parts);
}

function refusal(members: readonly Member[], words: RegExp): void {
  assert.throws(
    () => databaseIn(tarOf(members)),
    (error) => error instanceof ArchiveError && words.test(error.message),
  );
}

Deno.test("the database comes out as it went in, however the archive is cut", () => {
  const database = places();
  const archive = tarOf(membersAround(database));
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1 }),
      (lengths) => assert.deepEqual(databaseIn(archive, lengths), database),
    ),
    { numRuns: 30 },
  );
});

Deno.test("databases of lengths around a block come out whole", () => {
  for (const length of [0, 1, 511, 512, 513, 1024]) {
    const database = new Uint8Array(length).fill(7);
    assert.deepEqual(databaseIn(tarOf(membersAround(database))), database);
  }
});

Deno.test("a name leads nowhere: only its end is looked at", () => {
  for (const name of ["../../x.mmdb", "/etc/x.mmdb", "a\\..\\b.mmdb"]) {
    const archive = tarOf([{ name, content: CONTENT }]);
    assert.deepEqual(databaseIn(archive), CONTENT);
  }
});

Deno.test("links, folders and devices called like a database are passed over, whatever size they state", () => {
  const decoys = ["1", "2", "3", "4", "5", "6"].map((type) => ({
    name: "x.mmdb",
    type,
    size: 4096,
  }));
  const archive = tarOf([...decoys, { name: "y.mmdb", content: CONTENT }]);
  assert.deepEqual(databaseIn(archive), CONTENT);
  refusal(decoys, /no file whose name ends in \.mmdb/);
});

Deno.test("headers of other formats are passed over with their content", () => {
  const archive = tarOf([
    { name: "pax", type: "x", content: "19 path=other.mmdb\n" },
    { name: "././@LongLink", type: "L", content: "very/long.mmdb\0" },
    { name: "old.mmdb", type: "\0", content: CONTENT },
  ]);
  assert.deepEqual(databaseIn(archive), CONTENT);
});

Deno.test("an archive with none or several databases is refused", () => {
  refusal([], /no file whose name ends in \.mmdb/);
  refusal([{ name: "a.csv", content: "1" }], /no file whose name/);
  refusal(
    [{ name: "a.mmdb", content: "1" }, { name: "b.mmdb", content: "2" }],
    /more than one \.mmdb file/,
  );
});

Deno.test("what would unpack to more than a database may have is refused before it does", () => {
  refusal([{ name: "a.mmdb", size: 2 ** 31 }], /unpacks to more than/);
  const half = { name: "a.bin", size: 2 ** 29 };
  const tar = new DatabaseInArchive();
  const header = tarOf([half]).subarray(0, 512);
  const zeros = new Uint8Array(2 ** 20);
  assert.throws(() => {
    for (let files = 0; files < 3; files++) {
      for (const _ of tar.take(header));
      for (let piece = 0; piece < 512; piece++) {
        for (const _ of tar.take(zeros));
      }
    }
  }, /unpacks to more than/);
  const archive = tarOf([{ name: "a.mmdb" }]);
  // The binary form of a size, which only 8 GiB and more need.
  archive[124] = 0x80;
  archive.set(new TextEncoder().encode("        "), 148);
  const sum = archive.subarray(0, 512).reduce((sum, octet) => sum + octet, 0);
  archive.set(new TextEncoder().encode(`${sum.toString(8)}\0`), 148);
  assert.throws(() => databaseIn(archive), /a size that can't be read/);
});

Deno.test("what goes on without end behind an archive is refused, and a little of it is not", () => {
  const tar = new DatabaseInArchive();
  for (const _ of tar.take(tarOf([{ name: "a.mmdb" }])));
  const zeros = new Uint8Array(2 ** 20);
  for (const _ of tar.take(zeros.subarray(0, 10_240)));
  assert.throws(() => {
    for (let pieces = 0; pieces < 2048; pieces++) {
      for (const _ of tar.take(zeros));
    }
  }, /unpacks to more than/);
});

Deno.test("an archive of very many files is refused", () => {
  const members = Array.from({ length: 101 }, (_, i) => ({ name: `${i}` }));
  refusal(members, /holds more than 100 files/);
});

Deno.test("what is no tar archive, a damaged one or a part of one is refused", () => {
  const archive = tarOf(membersAround(CONTENT));
  assert.throws(
    () => databaseIn(new Uint8Array(600).fill(65)),
    /damaged header/,
  );
  const damaged = archive.slice();
  damaged[3] = 65;
  assert.throws(() => databaseIn(damaged), /damaged header/);
  for (const length of [511, 513, 1030, 2100]) {
    assert.throws(
      () => databaseIn(archive.subarray(0, length)),
      /ends in the middle of a file/,
      String(length),
    );
  }
});
