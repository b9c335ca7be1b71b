import assert from "node:assert/strict";
import fc from "fast-check";
import { askPlace, placeAnswerOf } from "../../src/agent/place_service.ts";
import { freePort } from "../free_port.ts";
import { PARIS, PARIS_ANSWER, PlaceServer } from "./own_place_server.ts";

const NEVER = new AbortController().signal;
/** Shorter than the real limit; nothing here is measured by it but that it ends. */
const LIMIT_MS = 300;

/** Why the service told no place. */
function reasonOf(answer: ReturnType<typeof placeAnswerOf>): string {
  assert.ok(answer.kind === "failed", JSON.stringify(answer));
  return answer.reason;
}

/** Why an answer of the server tells no place. */
async function refused(
  answer: () => Response | Promise<Response>,
): Promise<string> {
  await using server = new PlaceServer();
  server.answer = answer;
  return reasonOf(await askPlace(server.url, NEVER));
}

function said(fields: Readonly<Record<string, unknown>>) {
  const answer = placeAnswerOf(
    200,
    JSON.stringify({ ...PARIS_ANSWER, ...fields }),
  );
  return answer.kind === "found" ? answer.said : undefined;
}

Deno.test("the service tells the place and the public address, for one request", async () => {
  await using server = new PlaceServer();
  assert.deepEqual(await askPlace(server.url, NEVER), {
    kind: "found",
    said: { place: PARIS, publicIp: "198.51.101.7" },
  });
  assert.deepEqual(server.asked, ["/json/"]);
});

Deno.test("an error in the answer is quoted, bounded and without control characters", async () => {
  const error = { error: true, reason: "RateLimited" };
  assert.equal(
    await refused(() => Response.json(error, { status: 429 })),
    'it says "RateLimited"',
  );
  const reason = `\u001b[2J\n${"x".repeat(5000)}`;
  assert.equal(
    await refused(() => Response.json({ error: true, reason })),
    `it says "[2J${"x".repeat(97)}"`,
  );
});

Deno.test("another status, a page and another JSON are no place", async () => {
  const paris = JSON.stringify(PARIS_ANSWER);
  assert.equal(
    await refused(() => new Response(paris, { status: 403 })),
    "it answered 403",
  );
  assert.equal(
    await refused(() => new Response("slow down", { status: 429 })),
    "it answered 429",
  );
  const page = "<!doctype html><title>Log in to the network</title>";
  for (const text of [page, "", "null", "48.8", paris.slice(0, -1)]) {
    assert.equal(
      await refused(() => new Response(text)),
      "its answer is no JSON object",
      text,
    );
  }
  assert.equal(
    await refused(() => Response.json([48.8, 2.3])),
    "its answer holds no place",
  );
});

Deno.test("a redirection is not followed", async () => {
  await using elsewhere = new PlaceServer();
  assert.equal(
    await refused(() => Response.redirect(elsewhere.url, 302)),
    "it answered 302",
  );
  assert.deepEqual(elsewhere.asked, []);
});

Deno.test("an answer without an end is given up after some kilobytes", async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(1024).fill(0x20));
      sent += 1024;
    },
  });
  assert.equal(
    await refused(() => new Response(endless)),
    "its answer is no JSON object",
  );
  assert.ok(sent < 10_000_000, `${sent} bytes were read`);
});

Deno.test("a service that does not answer in time, and one that stops in the middle, are left", async () => {
  for (const start of ["", '{"latitude":']) {
    const held = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode(start));
        await held.promise;
        controller.close();
      },
    });
    await using server = new PlaceServer();
    server.answer = async () => {
      if (start === "") await held.promise;
      return new Response(body);
    };
    const answer = await askPlace(server.url, NEVER, LIMIT_MS);
    held.resolve();
    assert.equal(reasonOf(answer), "no answer within 0.3 s");
  }
});

Deno.test("where nobody answers, and where the question is called off, there is no place", async () => {
  const url = `http://127.0.0.1:${freePort()}/json/`;
  assert.match(reasonOf(await askPlace(url, NEVER)), /refused/i);
  const controller = new AbortController();
  await using server = new PlaceServer();
  const held = Promise.withResolvers<void>();
  server.answer = async () => {
    controller.abort();
    await held.promise;
    return new Response();
  };
  assert.equal((await askPlace(server.url, controller.signal)).kind, "failed");
  held.resolve();
});

Deno.test("nonsense is no place: out of range, no number, 0,0 in no country", () => {
  for (const latitude of [90.1, -91, "48.8", null, true, undefined, [1]]) {
    assert.equal(said({ latitude }), undefined, String(latitude));
  }
  for (const longitude of [180.1, -181, "2.3", null, undefined]) {
    assert.equal(said({ longitude }), undefined, String(longitude));
  }
  const zero = { latitude: 0, longitude: 0 };
  assert.equal(said({ ...zero, country_code: null }), undefined);
  assert.equal(said({ ...zero, country_code: "unknown" }), undefined);
  assert.equal(said({ ...zero, country_code: "GH" })?.place.country, "GH");
  // A text of JSON has no NaN, but numbers beyond all bounds.
  const beyond = placeAnswerOf(200, '{"latitude":1e999,"longitude":2}');
  assert.equal(beyond.kind, "failed");
});

Deno.test("names that can't be one are left out, and the place counts", () => {
  assert.deepEqual(
    said({ country_code: "fr", city: { en: "Paris" } })?.place,
    { ...PARIS, country: "", city: "" },
  );
  assert.equal(said({ city: "\u202eParis\r\n" })?.place.city, "Paris");
});

Deno.test("an address that is not public is not this machine's public one", () => {
  assert.equal(said({ ip: "2a01:4f8::7" })?.publicIp, "2a01:4f8::7");
  for (const ip of ["10.0.0.1", "127.0.0.1", "::1", "x", "", 7, undefined]) {
    assert.equal(said({ ip })?.publicIp, "", String(ip));
  }
});

Deno.test("whatever is answered, a place has degrees in range", () => {
  fc.assert(fc.property(
    fc.integer({ min: 100, max: 599 }),
    fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({
        latitude: fc.oneof(fc.double(), fc.anything()),
        longitude: fc.oneof(fc.double(), fc.anything()),
        country_code: fc.oneof(fc.string(), fc.anything()),
        city: fc.oneof(fc.string(), fc.anything()),
      }).map((fields) =>
        JSON.stringify(
          fields,
          (_, value) => typeof value === "bigint" ? String(value) : value,
        )
      ),
    ),
    (status, text) => {
      const answer = placeAnswerOf(status, text);
      if (answer.kind === "failed") return answer.reason !== "";
      const { latitude, longitude, country } = answer.said.place;
      return status === 200 && Math.abs(latitude) <= 90 &&
        Math.abs(longitude) <= 180 && /^([A-Z]{2})?$/.test(country);
    },
  ));
});
