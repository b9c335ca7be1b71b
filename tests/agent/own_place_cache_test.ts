import assert from "node:assert/strict";
import fc from "fast-check";
import { answerAt, dueInMs } from "../../src/agent/place_age.ts";
import {
  type AskedPlace,
  askedPlaceIn,
  askedPlaceText,
  PlaceCache,
} from "../../src/agent/place_cache.ts";
import { isPublicIp } from "../../src/agent/public_ip.ts";
import { TemporaryTree } from "../collect/trees.ts";
import { toolTest } from "../tools.ts";
import { PARIS } from "./own_place_server.ts";

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SAID = { place: PARIS, publicIp: "198.51.101.7" };

function asked(given: Partial<AskedPlace> = {}): AskedPlace {
  return { localIp: "10.0.0.7", found: undefined, failed: undefined, ...given };
}

Deno.test("what was asked is kept, for this user alone, and is read back", () => {
  using tree = new TemporaryTree();
  const cache = new PlaceCache([`${tree.root}/state`]);
  assert.equal(cache.read(), undefined);
  const failed = { reason: "it answered 429", atMs: NOW };
  for (
    const kept of [
      asked({ found: { said: SAID, atMs: NOW - DAY } }),
      asked({ failed }),
      asked({ found: { said: SAID, atMs: NOW - DAY }, failed }),
    ]
  ) {
    assert.ok(cache.write(kept));
    assert.deepEqual(cache.read(), kept);
  }
  const { mode } = Deno.statSync(`${tree.root}/state/place.json`);
  assert.equal((mode ?? 0) & 0o777, 0o600);
});

Deno.test("any place and any reason come back as they went", () => {
  const plain = { noNullPrototype: true };
  const instant = fc.integer({ min: 0, max: 4e12 });
  const degrees = (max: number) =>
    fc.double({ min: -max, max, noNaN: true })
      // JSON knows one zero, and 0,0 is no place.
      .filter((value) => value !== 0);
  const said = fc.record({
    place: fc.record({
      latitude: degrees(90),
      longitude: degrees(180),
      country: fc.constantFrom("", "FR", "JP"),
      city: fc.constantFrom("", "Paris", "São Paulo", '"x"'),
    }, plain),
    publicIp: fc.oneof(fc.constant(""), fc.ipV4(), fc.ipV6())
      .filter((ip) => ip === "" || isPublicIp(ip)),
  }, plain);
  fc.assert(fc.property(
    fc.record({
      localIp: fc.oneof(fc.ipV4(), fc.ipV6()),
      found: fc.option(fc.record({ said, atMs: instant }, plain), {
        nil: undefined,
      }),
      failed: fc.option(
        fc.record(
          { reason: fc.constantFrom("x", "it is"), atMs: instant },
          plain,
        ),
        { nil: undefined },
      ),
    }, plain),
    (kept) => assert.deepEqual(askedPlaceIn(askedPlaceText(kept)), kept),
  ));
});

Deno.test("a damaged file is as good as none, and is replaced", () => {
  using tree = new TemporaryTree();
  const cache = new PlaceCache([tree.root]);
  const good = askedPlaceText(asked({ found: { said: SAID, atMs: NOW } }));
  for (const text of ["", "{", "[]", "7", good.slice(0, -4), "\0".repeat(99)]) {
    tree.write("place.json", text);
    assert.equal(cache.read(), undefined, text);
  }
  assert.ok(cache.write(asked()));
  assert.deepEqual(cache.read(), asked());
});

Deno.test("of a file that makes half sense, the other half counts as absent", () => {
  const text = askedPlaceText(asked({ found: { said: SAID, atMs: NOW } }));
  const fields = JSON.parse(text);
  for (
    const wrong of [{ latitude: 99 }, { found_at: "soon" }, { found_at: 7 }]
  ) {
    assert.deepEqual(
      askedPlaceIn(JSON.stringify({ ...fields, ...wrong })),
      asked(),
    );
  }
  assert.equal(
    askedPlaceIn(JSON.stringify({ ...fields, local_ip: 7 })),
    undefined,
  );
});

Deno.test("an address in the file that is none, or not public, is never said to be this machine's", () => {
  const text = askedPlaceText(asked({ found: { said: SAID, atMs: NOW } }));
  const fields = JSON.parse(text);
  for (const ip of ["10.0.0.1", "127.0.0.1", "fe80::1", "nonsense", 7]) {
    const kept = askedPlaceIn(JSON.stringify({ ...fields, ip }));
    assert.deepEqual(kept?.found?.said, { ...SAID, publicIp: "" }, String(ip));
  }
});

toolTest(
  "mkfifo",
  "a pipe, a folder or a device in the place of the file keeps nobody",
  () => {
    using tree = new TemporaryTree();
    const path = `${tree.root}/place.json`;
    const cache = new PlaceCache([tree.root]);
    Deno.symlinkSync("/dev/zero", path);
    assert.equal(cache.read(), undefined);
    assert.ok(cache.write(asked()));
    assert.deepEqual(cache.read(), asked());
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    assert.equal(cache.read(), undefined);
    assert.ok(!cache.write(asked()));
    Deno.removeSync(path);
    assert.ok(
      new Deno.Command("mkfifo", { args: [path] }).outputSync().success,
    );
    assert.equal(cache.read(), undefined);
  },
);

Deno.test("the first folder that takes it keeps it, and none is no failure", () => {
  using tree = new TemporaryTree();
  tree.write("file", "");
  const barred = `${tree.root}/file/below`;
  const cache = new PlaceCache([barred, `${tree.root}/second`]);
  assert.ok(cache.write(asked()));
  assert.deepEqual(cache.read(), asked());
  assert.ok(!new PlaceCache([barred]).write(asked()));
  assert.ok(!new PlaceCache([]).write(asked()));
});

Deno.test("an answer counts for a week and is renewed when a day of it is left", () => {
  const kept = asked({ found: { said: SAID, atMs: NOW } });
  assert.equal(dueInMs(kept, NOW), 6 * DAY);
  assert.equal(dueInMs(kept, NOW + 6 * DAY), 0);
  assert.equal(answerAt(NOW + 7 * DAY - 1, kept), SAID);
  assert.equal(answerAt(NOW + 7 * DAY, kept), undefined);
});

Deno.test("after a failure nobody asks for an hour", () => {
  const failed = { reason: "x", atMs: NOW };
  const found = { said: SAID, atMs: NOW - 6 * DAY };
  for (const kept of [asked({ failed }), asked({ failed, found })]) {
    assert.equal(dueInMs(kept, NOW + HOUR - 1), 1);
    assert.equal(dueInMs(kept, NOW + HOUR), 0);
  }
  assert.equal(dueInMs(asked(), NOW), 0);
});

Deno.test("what is from the future is from a wrong clock and does not count", () => {
  const found = { said: SAID, atMs: NOW + HOUR };
  assert.equal(answerAt(NOW, asked({ found })), undefined);
  assert.equal(dueInMs(asked({ found }), NOW), 0);
  const failed = { reason: "x", atMs: NOW + HOUR };
  assert.equal(dueInMs(asked({ failed }), NOW), 0);
});
