/** Machines and reports for property tests, made so that every one of them is valid. */
import * as fc from "fast-check";
import type { Place, Registration, Report } from "../../src/engine/backend.ts";

/** Objects as `JSON.parse` makes them. */
const PLAIN = { noNullPrototype: true } as const;

/** Registrations of machines as they can be. */
export function registrations(): fc.Arbitrary<Registration> {
  return fc.record({
    id: fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/).filter((id) =>
      !/^\.+$/.test(id)
    ),
    hostname: fc.stringMatching(/^[a-z0-9.-]{0,64}$/),
    publicIp: fc.oneof(fc.constant(""), fc.ipV4(), fc.ipV6()),
    localIp: fc.oneof(fc.constant(""), fc.ipV4(), fc.ipV6()),
    place: fc.option(places(), { nil: undefined }),
    totalCores: fc.integer({ min: 0, max: 8192 }),
    totalMemoryGb: gigabytes(),
    totalStorageGb: gigabytes(),
    gpuModels: fc.array(fc.stringMatching(/^[A-Za-z0-9 ]{1,20}$/), {
      maxLength: 8,
    }),
    endpoint: fc.constantFrom("http://a:1", "https://b.example/base"),
    endpoints: fc.array(
      fc.record({
        url: fc.constantFrom("http://a:2", "http://a:3"),
        paths: fc.array(fc.constantFrom("/a", "/b*", "*")),
      }, PLAIN),
      { maxLength: 4 },
    ),
  }, PLAIN).map((registration) => ({
    ...registration,
    totalGpus: registration.gpuModels.length,
  }));
}

function places(): fc.Arbitrary<Place> {
  return fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }).map(plainZero),
    longitude: fc.double({ min: 1, max: 180, noNaN: true }),
    country: fc.constantFrom("", "DE", "Côte d’Ivoire"),
    city: fc.constantFrom("", "Berlin", "日本"),
  }, PLAIN);
}

/** Reports of machines as they can be. */
export function reports(): fc.Arbitrary<Report> {
  const room = fc.tuple(gigabytes(), fraction(), fraction()).map((
    [totalGb, used, available],
  ) => ({
    totalGb,
    usedGb: totalGb * used,
    availableGb: totalGb * available,
  }));
  const gpus = fc.array(
    fc.record({
      use: fraction(),
      total: gigabytes(),
      used: fraction(),
      more: gpuExtras(),
    }, PLAIN),
    { maxLength: 8 },
  ).map((cards) =>
    cards.map(({ use, total, used, more }, deviceId) => ({
      deviceId,
      name: `Card ${deviceId}`,
      utilizationPct: use * 100,
      memoryUsedGb: total * used,
      memoryTotalGb: total,
      temperatureC: 40 + deviceId,
      powerDrawW: 300 * use,
      ...more,
    }))
  );
  const coreUsagePct = fc.array(fraction().map((use) => use * 100));
  return fc.record({
    coreUsagePct,
    memory: room,
    disk: room,
    gpus,
    windowSeconds: fc.constantFrom(undefined, 60, 900),
    windowFilledSeconds: fc.constantFrom(undefined, 0, 30.5),
    shortWindow: fc.option(
      fc.record({
        seconds: fc.constantFrom(1, 60),
        coreUsagePct,
        memoryUsedGb: gigabytes(),
        diskUsedGb: gigabytes(),
        gpus,
      }, PLAIN),
      { nil: undefined },
    ),
  }, PLAIN);
}

/** What a card may say or leave unsaid; a reading always knows its maker. */
function gpuExtras() {
  const word = fc.constantFrom("", "default", "power_cap", "MIG-1/2");
  function unsaid<T>(arbitrary: fc.Arbitrary<T>) {
    return fc.option(arbitrary, { nil: undefined });
  }
  return fc.record({
    vendor: fc.constantFrom("nvidia", "amd", "intel"),
    uuid: unsaid(word),
    temperatureLimitC: unsaid(fc.integer({ min: -1000, max: 1000 })),
    powerLimitW: unsaid(fraction().map((part) => part * 100_000)),
    isThrottled: unsaid(fc.boolean()),
    throttleReasons: unsaid(fc.array(word, { maxLength: 64 })),
    eccErrors: unsaid(fc.maxSafeNat()),
    computeMode: unsaid(word),
    isSlice: unsaid(fc.boolean()),
  }, PLAIN);
}

function gigabytes(): fc.Arbitrary<number> {
  return fc.double({ min: 0, max: 2 ** 20, noNaN: true }).map(plainZero);
}

function fraction(): fc.Arbitrary<number> {
  return fc.double({ min: 0, max: 1, noNaN: true }).map(plainZero);
}

/** JSON writes -0 as 0. */
function plainZero(value: number): number {
  return value === 0 ? 0 : value;
}
