import assert from "node:assert/strict";
import { loadClientText } from "./load_text.ts";

Deno.test("the client's defaults are the documented ones", async () => {
  const loaded = await loadClientText("");
  assert.ok(loaded.kind === "loaded");
  assert.deepEqual(loaded.config, {
    serverUrl: "http://localhost:8080",
    serverKey: "",
    serverKeyFile: "",
    serverCaFile: "",
    tlsCertFile: "",
    tlsKeyFile: "",
    insecureTls: false,
    enrolTokenFile: "",
    reregisterMinutes: 10,
    clientId: "",
    hostname: "",
    stateDir: "",
    endpointUrl: "",
    endpoints: [],
    windowMinutes: 15,
    reportIntervalSeconds: 60,
    diskPath: "/",
    skipGeolocation: false,
    geoipDbPath: "",
    latitude: undefined,
    longitude: undefined,
    country: "",
    city: "",
    drainFile: "",
    drainSeconds: 0,
    metricsListen: "",
    logLevel: "info",
    jsonLogging: false,
  });
});

Deno.test("the documented client.yml loads, word for word", async () => {
  const text = await Deno.readTextFile(
    new URL("../fixtures/original-client.yml", import.meta.url),
  );
  const loaded = await loadClientText(text);
  assert.ok(loaded.kind === "loaded");
  assert.equal(loaded.config.serverUrl, "http://lb.example.com:8080");
  assert.deepEqual(loaded.notices, []);
});

Deno.test("endpoints are a list of URLs with their paths", async () => {
  const loaded = await loadClientText(
    "endpoints:\n  - url: http://10.0.0.5:3000\n    paths: [/api, /x/*, '*']\n",
  );
  assert.ok(loaded.kind === "loaded");
  assert.deepEqual(loaded.config.endpoints, [{
    url: "http://10.0.0.5:3000",
    paths: ["/api", "/x/*", "*"],
  }]);
});

Deno.test("half a place and a wrong URL are refused with their lines", async () => {
  const loaded = await loadClientText(
    "longitude: 4\nserver_url: lb.example.com:8080\nendpoints: [{url: x}]\n",
  );
  assert.ok(loaded.kind === "invalid");
  assert.deepEqual(loaded.problems, [
    "client.yml:1:12 longitude: found a value, but none for latitude, wanted both or neither",
    'client.yml:2:13 server_url: found "lb.example.com:8080", wanted an http or https URL such as http://10.0.0.5:8080',
    'client.yml:3:13 endpoints[0].paths: found nothing, wanted a list, each a path that starts with "/", or "*" for all',
    'client.yml:3:19 endpoints[0].url: found "x", wanted an http or https URL such as http://10.0.0.5:8080',
  ]);
});

Deno.test("a certificate to show comes with its key", async () => {
  const keys = ["tls_cert_file", "tls_key_file"];
  for (const [key, other] of [keys, keys.toReversed()]) {
    const loaded = await loadClientText(`${key}: a`);
    assert.ok(loaded.kind === "invalid");
    const place = `client.yml:1:${`${key}: `.length + 1} ${key}`;
    assert.deepEqual(loaded.problems, [
      `${place}: found a value, but none for ${other}, wanted both or neither`,
    ]);
  }
});

Deno.test("a database that nobody looks into is told of", async () => {
  const placed = "latitude: 48.2\nlongitude: 16.4\n";
  const database = "geoip_db_path: x.mmdb\n";
  const messages = async (text: string) => {
    const loaded = await loadClientText(text);
    assert.ok(loaded.kind === "loaded");
    return loaded.notices.map(({ message }) => message);
  };
  assert.deepEqual(await messages(database), []);
  assert.deepEqual(await messages(`${placed}skip_geolocation: true\n`), []);
  assert.deepEqual(await messages(`skip_geolocation: true\n${database}`), [
    "Without effect, because skip_geolocation is true: geoip_db_path (client.yml:2:16)",
  ]);
  assert.deepEqual(await messages(placed + database), [
    "Without effect, because latitude and longitude say where this machine is: geoip_db_path (client.yml:3:16)",
  ]);
});
