import assert from "node:assert/strict";
import {
  hasChangedSize,
  registrationOf,
} from "../../src/agent/registration.ts";
import type { ClientConfig } from "../../src/config/client_keys.ts";
import { registerBody } from "../../src/wire/register_body.ts";
import { registerMessage } from "../../src/wire/register_message.ts";
import { clientConfig } from "./client_config.ts";

const GIB = 2 ** 30;
const TOTALS = {
  cores: 8,
  memoryBytes: 32 * GIB,
  diskBytes: 500 * GIB,
  gpuModels: ["L4", "T4"],
};

const VIENNA = { latitude: 48.2, longitude: 16.4, country: "AT", city: "Wien" };

function registration(given: Partial<ClientConfig> = {}, localIp = "10.0.0.7") {
  return registrationOf({
    config: clientConfig(given),
    clientId: "c-1",
    host: { hostname: "desk-17", kernel: "6", machineId: "m", bootId: "b" },
    totals: TOTALS,
    localIp,
    whereabouts: { place: VIENNA, publicIp: "203.0.113.7" },
  });
}

Deno.test("a machine says its size, its name, its addresses and its place, and leaves its endpoint to the server", () => {
  assert.deepEqual(registration(), {
    id: "c-1",
    hostname: "desk-17",
    publicIp: "203.0.113.7",
    localIp: "10.0.0.7",
    place: VIENNA,
    totalCores: 8,
    totalMemoryGb: 32,
    totalStorageGb: 500,
    totalGpus: 2,
    gpuModels: ["L4", "T4"],
    endpoint: "",
    endpoints: [],
  });
});

Deno.test("what is configured stands before what was found out", () => {
  const endpoints = [{ url: "http://10.0.0.7:9000", paths: ["/api/*"] }];
  const said = registration({
    hostname: "render-3",
    endpointUrl: "http://10.0.0.7:8000",
    endpoints,
  });
  assert.equal(said.hostname, "render-3");
  assert.equal(said.endpoint, "http://10.0.0.7:8000");
  assert.deepEqual(said.endpoints, endpoints);
});

Deno.test("the wire has unknowns as the Go client says them, and the server reads them back", () => {
  const message = registerMessage({
    ...registration(),
    publicIp: "",
    place: undefined,
  });
  assert.equal(message.public_ip, "unknown");
  assert.equal(message.country, "unknown");
  assert.equal("endpoint_url" in message, false);
  const { registration: read } = registerBody.parse(
    JSON.parse(JSON.stringify(message)),
  );
  assert.equal(read.endpoint, "http://10.0.0.7:11000");
  assert.equal(read.totalMemoryGb, 32);
});

Deno.test("another number of cores is another size, and so are memory and disk by more than a twentieth", () => {
  const said = registration();
  assert.ok(!hasChangedSize(said, TOTALS));
  assert.ok(hasChangedSize(said, { ...TOTALS, cores: 7 }));
  assert.ok(hasChangedSize(said, { ...TOTALS, memoryBytes: 40 * GIB }));
  assert.ok(hasChangedSize(said, { ...TOTALS, memoryBytes: 30 * GIB }));
  assert.ok(!hasChangedSize(said, { ...TOTALS, diskBytes: 510 * GIB }));
});

Deno.test("a GPU that is lost, comes, or is another model is another size", () => {
  const said = registration();
  for (const gpuModels of [["L4"], [], ["L4", "T4", "T4"], ["L4", "A100"]]) {
    assert.ok(hasChangedSize(said, { ...TOTALS, gpuModels }), `${gpuModels}`);
  }
});

Deno.test("a size that becomes known is another size", () => {
  const unknown = { ...registration(), totalStorageGb: 0 };
  assert.ok(hasChangedSize(unknown, TOTALS));
  assert.ok(!hasChangedSize(unknown, { ...TOTALS, diskBytes: 0 }));
});
