import assert from "node:assert/strict";
import { registerBody } from "../../src/wire/register_body.ts";
import { faults, REGISTER, REGISTRATION, valid } from "./samples.ts";

Deno.test("a registration that names everything is read field by field", () => {
  assert.deepEqual(valid(registerBody, REGISTER).registration, REGISTRATION);
});

Deno.test("an id and an address are enough to register", () => {
  const registration = valid(registerBody, {
    client_id: "a",
    local_ip: "10.0.0.5",
  }).registration;
  assert.deepEqual(registration, {
    id: "a",
    hostname: "",
    publicIp: "",
    localIp: "10.0.0.5",
    place: undefined,
    totalCores: 0,
    totalMemoryGb: 0,
    totalStorageGb: 0,
    totalGpus: 0,
    gpuModels: [],
    endpoint: "http://10.0.0.5:11000",
    endpoints: [],
  });
});

Deno.test("null is the same as absent for every field that may be absent", () => {
  const nulls = Object.fromEntries(
    Object.keys(REGISTER).map((field) => [field, null]),
  );
  const sparse = { client_id: "a", local_ip: "10.0.0.5" };
  assert.deepEqual(
    valid(registerBody, { ...nulls, ...sparse }).registration,
    valid(registerBody, sparse).registration,
  );
});

Deno.test("fields of newer clients are ignored", () => {
  const newer = { ...REGISTER, colour: { deep: [1] }, client_Id: "other" };
  assert.deepEqual(valid(registerBody, newer).registration, REGISTRATION);
});

Deno.test("a member named __proto__ or constructor changes nothing", () => {
  const text = JSON.stringify(REGISTER).replace(
    "{",
    '{"__proto__":{"client_id":"evil","polluted":1},"constructor":{"prototype":{"polluted":1}},',
  );
  assert.deepEqual(valid(registerBody, text).registration, REGISTRATION);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

Deno.test("without an endpoint and without an address the registration is refused by name", () => {
  for (const ip of ["", "unknown", null]) {
    const message = { client_id: "a", local_ip: ip, public_ip: ip };
    assert.deepEqual(faults(registerBody, message), [
      "endpoint_url: must be given when local_ip and public_ip are not known, found nothing",
    ]);
  }
});

Deno.test("the number of GPUs is that of their models when it is not given", () => {
  const { total_gpus: _, ...message } = REGISTER;
  assert.equal(valid(registerBody, message).registration.totalGpus, 2);
  assert.equal(
    valid(registerBody, { ...message, total_gpus: 4 }).registration.totalGpus,
    4,
  );
});

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ["client_id", "", /must be 1 to 128 letters/],
  ["client_id", "a b", /must be 1 to 128 letters/],
  ["client_id", "../a", /must be 1 to 128 letters/],
  ["client_id", "ä", /must be 1 to 128 letters/],
  ["client_id", "a\n", /must be 1 to 128 letters/],
  ["client_id", "a".repeat(129), /must be 1 to 128 letters/],
  ["client_id", 7, /must be a text, found 7/],
  ["client_id", ["a"], /must be a text, found an array of 1/],
  ["client_id", ".", /must be 1 to 128 letters/],
  ["client_id", "..", /must be 1 to 128 letters/],
  ["client_id", "a/b", /must be 1 to 128 letters/],
  ["client_id", "a;b", /must be 1 to 128 letters/],
  ["client_id", "a%2fb", /must be 1 to 128 letters/],
  ["hostname", "a".repeat(254), /must be at most 253 characters/],
  ["hostname", "a\u001b[31m", /control characters/],
  ["hostname", "a\u202eb", /control characters/],
  ["hostname", "\ud800", /control characters/],
  ["public_ip", "300.1.1.1", /must be an IPv4 or IPv6 address/],
  ["public_ip", "010.0.0.1", /must be an IPv4 or IPv6 address/],
  ["local_ip", "localhost", /must be an IPv4 or IPv6 address/],
  ["local_ip", "10.0.0.1:80", /must be an IPv4 or IPv6 address/],
  ["local_ip", "fe80::1%eth0", /must be an IPv4 or IPv6 address/],
  ["local_ip", "1".repeat(100_000), /must be an IPv4 or IPv6 address/],
  ["latitude", 90.1, /must be at most 90, found 90.1/],
  ["latitude", "52", /must be a finite number, found "52"/],
  ["longitude", -181, /must be at least -180/],
  ["country", "a".repeat(129), /must be at most 128/],
  ["city", "Ber\u0000lin", /control characters/],
  ["total_cpu", -1, /must be at least 0/],
  ["total_cpu", 1.5, /must be a whole number, found 1.5/],
  ["total_cpu", 8193, /must be at most 8192/],
  ["total_memory_gb", -0.1, /must be at least 0/],
  ["total_memory_gb", 2 ** 20 + 1, /must be at most 1048576/],
  ["total_memory_gb", true, /must be a finite number, found true/],
  ["total_storage_gb", 2 ** 30 + 1, /must be at most/],
  ["total_gpus", 113, /must be at most 112/],
  ["gpu_models", "A100", /must be an array, found "A100"/],
  ["gpu_models", new Array(113).fill("A100"), /must be at most 112 elements/],
  ["gpu_models", ["A100", null], /gpu_models\[1\]: must be a text, found null/],
  ["endpoints", new Array(33).fill({ url: "http://a" }), /at most 32 elements/],
  ["endpoints", [{ paths: ["/"] }], /endpoints\[0\]\.url: must be a text/],
  ["endpoints", [{ url: "http://a", paths: ["x"] }], /must be a path/],
  ["endpoints", [null], /endpoints\[0\]: must be an object, found null/],
];

for (const [field, value, expected] of REFUSED) {
  const shown = JSON.stringify(value).slice(0, 40);
  Deno.test(`a registration with ${field} ${shown} is refused`, () => {
    const found = faults(registerBody, { ...REGISTER, [field]: value });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", expected);
    assert.ok(found[0]?.startsWith(field));
  });
}

Deno.test("numbers that JSON can write and no machine can have are refused", () => {
  const fields = [
    ...["total_cpu", "total_memory_gb", "total_storage_gb", "total_gpus"],
    ...["latitude", "longitude"],
  ];
  for (const field of fields) {
    for (const number of ["1e999", "-1e999", "1e300", "-181"]) {
      const text = JSON.stringify({ ...REGISTER, [field]: "X" })
        .replace('"X"', number);
      const [fault = ""] = faults(registerBody, text);
      assert.ok(fault.startsWith(`${field}: must`), `${field} ${number}`);
    }
  }
});

Deno.test("a body that is no object is refused as a whole", () => {
  for (const text of ["null", "[]", '"a"', "7", "true"]) {
    assert.match(faults(registerBody, text)[0] ?? "", /^: must be an object/);
  }
});
