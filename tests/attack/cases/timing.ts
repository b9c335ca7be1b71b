/** Keys guessed by how long their refusal takes. */
import { Buffer } from "node:buffer";
import { HashedKeyBook } from "../../../src/trust/key_book.ts";
import { keyHash } from "../../../src/wire/key_text.ts";
import { NOBODY, storedKey } from "../../trust/key_examples.ts";
import { type AttackKind, expect } from "../case.ts";
import { welchT } from "../welch.ts";

/** Samples of each class in a round. */
const SAMPLES = 100_000;
/** A machine does other things too: a round that these spoil counts for nothing. */
const ROUNDS = 3;
/** Beyond it two means differ for a reason (the bound of the TVLA leakage tests). */
const T_MAX = 4.5;
/** The slowest part of all samples is what the machine did meanwhile. */
const KEPT_SHARE = 0.9;
/** Pairs before the first that counts. */
const WARM_UP = 20_000;
/** Different keys of each class, so that it does not matter where one of them lies in memory; a power of two. */
const KEYS = 1_024;
/** Finds in one sample, so that the clock's steps are small beside it. */
const AT_ONCE = 4;

const SECRET = "0123456789abcdef0123456789abcdef01234567";

/** All about time. */
export const TIMING: AttackKind = {
  kind: "timing",
  cases: [
    compares(
      "keys that are right but for their last letters, and keys of which nothing is right",
      (drawn) => SECRET.slice(0, -4) + drawn.slice(-4),
    ),
    compares(
      "keys whose first half is right, and keys of which nothing is right",
      (drawn) => SECRET.slice(0, 20) + drawn.slice(20),
    ),
    compares(
      "keys whose hash begins as the right one does, and keys whose hash does not",
      (drawn) => keyWithHashLike(drawn, 1),
    ),
  ],
};

function compares(name: string, nearTo: (drawn: string) => string) {
  return {
    name: `${name}: ${SAMPLES} times each`,
    expects: `|t| < ${T_MAX} (Welch), best of ${ROUNDS} rounds`,
    run: () => {
      for (const isShown of [false, true]) {
        const book = bookOf(isShown);
        const seen: number[] = [];
        while (seen.length < ROUNDS && !seen.some((t) => t < T_MAX)) {
          const nears = drawnKeys().map((key) => flat(nearTo(key)));
          seen.push(Math.abs(comparedIn(book, nears, drawnKeys().map(flat))));
        }
        expect(
          Math.min(...seen) < T_MAX,
          () => `t = ${seen.map((t) => t.toFixed(1)).join(", ")}`,
        );
      }
    },
  };
}

/** The way of every request: a book with the key and a hundred others, which was shown before or not. */
function bookOf(isShown: boolean): HashedKeyBook {
  const book = new HashedKeyBook(() => 0);
  book.configure([{ principal: NOBODY, hash: keyHash(SECRET) }]);
  for (let i = 0; i < 100; i++) book.put(storedKey(`other-${i}`));
  if (isShown) book.find(SECRET);
  return book;
}

/** Welch's t of one round; which of a pair comes first is drawn. */
function comparedIn(
  book: HashedKeyBook,
  nears: readonly string[],
  fars: readonly string[],
): number {
  const nearTimes = new Float64Array(SAMPLES);
  const farTimes = new Float64Array(SAMPLES);
  const coins = crypto.getRandomValues(new Uint8Array(1 << 16));
  for (let i = -WARM_UP; i < SAMPLES; i++) {
    const near = nears[i & (KEYS - 1)]!;
    const far = fars[i & (KEYS - 1)]!;
    const isNearFirst = (coins[i & 0xffff]! & 1) === 0;
    const first = timeOf(book, isNearFirst ? near : far);
    const second = timeOf(book, isNearFirst ? far : near);
    if (i < 0) continue;
    nearTimes[i] = isNearFirst ? first : second;
    farTimes[i] = isNearFirst ? second : first;
  }
  return welchT(nearTimes, farTimes, KEPT_SHARE);
}

function timeOf(book: HashedKeyBook, key: string): number {
  const start = performance.now();
  for (let i = 0; i < AT_ONCE; i++) book.find(key);
  return performance.now() - start;
}

/** Keys of which nothing but the length is right. */
function drawnKeys(): readonly string[] {
  return Array.from({ length: KEYS }, () => {
    const octets = crypto.getRandomValues(new Uint8Array(SECRET.length / 2));
    return Buffer.from(octets).toString("hex").replace(/^./, "x");
  });
}

/** A key like another one, whose hash has the first octets of the right one's. */
function keyWithHashLike(key: string, octets: number): string {
  const wanted = keyHash(SECRET).slice(0, octets * 2);
  for (let i = 0;; i++) {
    const digits = `${i}`;
    const tried = key.slice(0, -digits.length) + digits;
    if (keyHash(tried).startsWith(wanted)) return tried;
  }
}

/** As a parser makes it: a text that was put together is slower to read, which has nothing to do with keys. */
function flat(key: string): string {
  return Buffer.from(key, "latin1").toString("latin1");
}
