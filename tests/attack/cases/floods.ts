/** Names and keys chosen so that tables slow down, and callers who come in great numbers. */
import { HASH_START, hashWith } from "../../../src/http1/field_names.ts";
import { RateTable } from "../../../src/policy/rate_table.ts";
import { type AttackKind, expect } from "../case.ts";
import { ask, say, statuses, told } from "../say.ts";
import { type AttackStage, OWNER_KEY } from "../stage.ts";

const FIELDS = 200;
const ROUNDS = 7;
/** How much slower chosen names may be than others; a table that is led astray is slower by their number. */
const SLOWER_MAX = 10;
/** Addresses that somebody chooses, and the part of them that is not forgotten when their places are as good as drawn. */
const CHOSEN = 200_000;
const REMEMBERED_MIN = 0.95;
const MEMORY_BYTES = 64_000_000;

/** All about tables. */
export const FLOODS: AttackKind = {
  kind: "floods",
  cases: [
    {
      name: `${FIELDS} field names with the hash of Content-Length`,
      expects:
        `an answer, at most ${SLOWER_MAX} times as late as to other names`,
      run: (stage) =>
        comparesRequests(
          stage,
          ask("GET /x", fieldsOf(collidingNames("content-length"))),
          ask("GET /x", fieldsOf(otherNames())),
        ),
    },
    {
      name: "50,000 JSON keys that are numbers, in steps of a power of two",
      expects:
        `an answer, at most ${SLOWER_MAX} times as late as to other keys`,
      run: (stage) =>
        comparesRequests(
          stage,
          messageOf((i) => `${(i % 16_384) * 1_024}${i >> 14}`),
          messageOf((i) => `k${Math.imul(i, 0x9E3779B1) >>> 0}`),
        ),
    },
    {
      name: "__proto__, constructor and toString as JSON keys and as tiers",
      expects: "a refusal, and a server that is as before",
      isQuick: true,
      run: refusesPrototypes,
    },
    {
      name: "a million addresses that each send one request",
      expects: "less than 64 MB for the whole process that counts them",
      run: boundsAddresses,
    },
    {
      name:
        `${CHOSEN} addresses in steps of powers of two, chosen without the seed of the table`,
      expects:
        "that nearly all of them are counted: none can make room for another",
      run: ignoresChosenAddresses,
    },
  ],
};

async function comparesRequests(
  stage: AttackStage,
  chosen: string,
  other: string,
): Promise<void> {
  const server = await stage.server();
  const times: { chosen: number[]; other: number[] } = {
    chosen: [],
    other: [],
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (
      const [list, text] of [
        [times.chosen, chosen],
        [times.other, other],
      ] as const
    ) {
      const start = performance.now();
      const heard = await say(server.port, text);
      list.push(performance.now() - start);
      const [status = 0] = statuses(heard);
      expect(status >= 200 && status < 500, () => told(heard));
    }
  }
  const [slow, usual] = [Math.min(...times.chosen), Math.min(...times.other)];
  expect(
    slow < usual * SLOWER_MAX,
    () => `${slow.toFixed(1)} ms instead of ${usual.toFixed(1)} ms`,
  );
  await server.isWell();
}

async function refusesPrototypes(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  for (
    const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]
  ) {
    for (
      const text of [
        ask("GET /x", [`X-Tier: ${name}`]),
        jsonTo("/route", `{"tier":"${name}"}`),
        jsonTo("/route", `{"${name}":{"tier":"small"}}`),
        jsonTo(
          "/register",
          `{"client_id":"${name}","${name}":{"isOpen":true}}`,
        ),
      ]
    ) {
      const heard = await say(server.port, text);
      const [status = 0] = statuses(heard);
      // An id may well be called "constructor".
      expect(status >= 200 && status < 500, () => `${name}: ${told(heard)}`);
    }
    const heard = await say(server.port, ask("GET /x", [`X-Tier: ${name}`]));
    expect(statuses(heard).join() === "400", () => `${name}: ${told(heard)}`);
  }
  const heard = await say(server.port, ask("GET /clients"));
  expect(statuses(heard).join() === "401", () => told(heard));
  await server.isWell();
}

/** In a process of its own, so that nothing else is counted. */
async function boundsAddresses(): Promise<void> {
  const { stdout, success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      new URL("../million_addresses.ts", import.meta.url).href,
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const words = new TextDecoder().decode(success ? stdout : stderr);
  const grown = Number(words);
  expect(grown > 1_000_000 && grown < MEMORY_BYTES, () => `${words} octets`);
}

/** A table that chosen addresses lead to the same places forgets most of them. */
function ignoresChosenAddresses(): void {
  for (const shift of [0, 8, 12, 13, 16]) {
    const low = (index: number) => Math.imul(index, 1 << shift);
    const distinct = Math.min(CHOSEN, 2 ** (32 - shift));
    const table = new RateTable({ high: 0x1234_5678, low: -shift });
    for (let i = 0; i < distinct; i++) {
      table.charge({ high: 0, low: low(i) }, 1, 2);
    }
    let remembered = 0;
    for (let i = 0; i < distinct; i++) {
      if (table.charge({ high: 0, low: low(i) }, 1, 1) > 1) remembered++;
    }
    const share = remembered / distinct;
    expect(
      share >= REMEMBERED_MIN,
      () => `${share} of those in steps of 2^${shift} remembered`,
    );
  }
}

/** Names with the hash of a name that means something. */
function collidingNames(name: string): readonly string[] {
  const hash = hashOf(name);
  const found = new Set<string>();
  for (let seed = 0; found.size < FIELDS && seed < 2_000_000; seed++) {
    const text = `x${seed.toString(36)}-`;
    const tail = tailWith(hashOf(text), hash);
    if (tail !== undefined) found.add(text + tail);
  }
  return [...found];
}

/** Letters and digits that bring a hash to the one that is wanted, if there are such. */
function tailWith(from: number, wanted: number): string | undefined {
  const LENGTH = 8;
  let base = from;
  for (let i = 0; i < LENGTH; i++) base = hashWith(base, 97);
  // What the letters beyond "a" must add, in the digits of 31; each digit is a letter from "a" to "z".
  let missing = (wanted - base) >>> 0;
  let tail = "";
  for (let i = 0; i < LENGTH; i++) {
    const digit = missing % 31;
    if (digit > 25) return undefined;
    tail = String.fromCharCode(97 + digit) + tail;
    missing = (missing - digit) / 31;
  }
  return missing === 0 ? tail : undefined;
}

function hashOf(name: string): number {
  return [...name].reduce(
    (hash, letter) => hashWith(hash, letter.charCodeAt(0)),
    HASH_START,
  );
}

function otherNames(): readonly string[] {
  return Array.from({ length: FIELDS }, (_, i) => `x-other-${i}-name`);
}

function fieldsOf(names: readonly string[]): readonly string[] {
  if (names.length < FIELDS) throw new Error(`Found ${names.length} names`);
  return names.map((name) => `${name}: 1`);
}

function messageOf(key: (index: number) => string): string {
  const keys = Array.from({ length: 50_000 }, (_, i) => `"${key(i)}":0`);
  return jsonTo("/route", `{"tier":"small",${keys.join()}}`);
}

function jsonTo(path: string, body: string): string {
  const fields = ["Content-Type: application/json", `X-API-Key: ${OWNER_KEY}`];
  return ask(`POST ${path}`, fields, body);
}
