import assert from "node:assert/strict";
import { loadServerText, serverProblems } from "./load_text.ts";

const TIERS = "tiers: [{name: a, vcpu: 1, memory_gb: 1}]\n";

/** The warnings of a file that loads. */
async function warnings(text: string): Promise<string[]> {
  const loaded = await loadServerText(text);
  if (loaded.kind === "invalid") throw new Error(loaded.problems.join("\n"));
  return loaded.notices.filter(({ level }) => level === "warn").map((
    { message },
  ) => message);
}

Deno.test("a default tier that the file's own tiers lack is a warning unless somebody asked for it", async () => {
  assert.deepEqual(await warnings(TIERS), [
    'default_tier is "lite", which is none of the tiers "a": proxied requests that name no tier get 400 unknown_tier',
  ]);
  assert.deepEqual(await serverProblems(`${TIERS}default_tier: b\n`), [
    'server.yml:2:15 default_tier: found "b", wanted one of the tiers "a"',
  ]);
  assert.deepEqual(
    await serverProblems(TIERS, { env: { OPSEN_DEFAULT_TIER: "b" } }),
    [
      'OPSEN_DEFAULT_TIER: found "b", wanted one of the tiers "a"',
    ],
  );
  assert.deepEqual(await serverProblems("default_tier: nothing\n"), [
    'server.yml:1:15 default_tier: found "nothing", wanted one of the tiers "small", "medium", "large", "gpu-inference", "gpu-training", "free", "lite", "pro-standard", "pro-turbo", "pro-max"',
  ]);
  for (
    const text of [
      `${TIERS}default_tier: a\n`,
      `${TIERS}default_tier: ""\n`,
      "default_tier: pro-max\n",
      "",
    ]
  ) {
    assert.deepEqual(await warnings(text), [], text);
  }
});

Deno.test("nothing is concluded from a value that is wrong itself", async () => {
  assert.deepEqual(
    await serverProblems(
      "default_tier: b\ntiers: [{name: b, vcpu: 0, memory_gb: 1}]\n",
    ),
    [
      "server.yml:2:25 tiers[0].vcpu: found 0, wanted a whole number from 1 to 4096",
    ],
  );
  assert.deepEqual(
    await serverProblems("tls_cert_file: a\ntls_key_file: [b]\n"),
    [
      'server.yml:2:15 tls_key_file: found a list of 1, wanted a path, or "" for none',
    ],
  );
});

Deno.test("no two tiers have one name", async () => {
  const tier = (name: string) => `  - {name: ${name}, vcpu: 1, memory_gb: 1}\n`;
  assert.deepEqual(
    await serverProblems(
      `default_tier: a\ntiers:\n${tier("a")}${tier("b")}${tier("a")}`,
    ),
    [
      'server.yml:5:12 tiers[2].name: found "a", which tiers[0] is called already, wanted another name',
    ],
  );
});

Deno.test("GPU memory without a GPU is a warning", async () => {
  assert.deepEqual(
    await warnings(
      "default_tier: a\ntiers: [{name: a, vcpu: 1, memory_gb: 1, gpu_memory_gb: 8}]",
    ),
    [
      'Tier "a" asks for GPU memory but for no GPU, and gets none',
    ],
  );
});

Deno.test("a model or a vendor of GPUs without a GPU is a warning", async () => {
  const tier =
    "name: a, vcpu: 1, memory_gb: 1, gpu_model: H100, gpu_vendor: amd";
  const yaml = (more: string) => `default_tier: a\ntiers: [{${tier}${more}}]`;
  assert.deepEqual(await warnings(yaml("")), [
    'Tier "a" asks for a model of GPU but for no GPU, and gets none',
    'Tier "a" asks for a vendor of GPUs but for no GPU, and gets none',
  ]);
  assert.deepEqual(await warnings(yaml(", gpu: 1")), []);
});

Deno.test("private addresses that are where a server of no known place is are a warning", async () => {
  const isLocal = "geoip_private_is_local: true\n";
  assert.deepEqual(await warnings(`${isLocal}latitude: 1\nlongitude: 2\n`), []);
  assert.deepEqual(await warnings(isLocal), [
    "geoip_private_is_local has no effect without latitude and longitude of this server",
  ]);
});

const CONTRADICTIONS: readonly (readonly [string, string])[] = [
  [
    "tls_cert_file: a",
    "1:16 tls_cert_file: found a value, but none for tls_key_file, wanted both or neither",
  ],
  [
    "tls_key_file: a",
    "1:15 tls_key_file: found a value, but none for tls_cert_file, wanted both or neither",
  ],
  [
    "upstream_key_file: a",
    "1:20 upstream_key_file: found a value, but none for upstream_cert_file, wanted both or neither",
  ],
  [
    "tls_client_ca_file: a",
    "1:21 tls_client_ca_file: found a value, but the server has no certificate, wanted tls_cert_file and tls_key_file, or tls, too",
  ],
  [
    "tls: [{hosts: [a.*.test], cert_file: a, key_file: b}]",
    '1:16 tls[0].hosts[0]: found "a.*.test", wanted a host name in ASCII, which may start with "*." and has no other star',
  ],
  [
    "tls: [{hosts: [a.test, '*.a.test', A.TEST.], cert_file: a, key_file: b}]",
    '1:36 tls[0].hosts[2]: found "A.TEST.", which tls[0].hosts[0] names already, wanted a name of one certificate',
  ],
  [
    "latitude: 50",
    "1:11 latitude: found a value, but none for longitude, wanted both or neither",
  ],
  [
    "country: FR",
    "1:10 country: found a value, but none for latitude and longitude, wanted all of them, or none",
  ],
  [
    "city: Paris",
    "1:7 city: found a value, but none for latitude and longitude, wanted all of them, or none",
  ],
  [
    "tiers: [{name: lite, vcpu: 1, memory_gb: 1, countries: [FR, Mars]}]",
    '1:61 tiers[0].countries[1]: found "Mars", wanted the two letters of a country such as FR (ISO 3166-1)',
  ],
  [
    "rate_limit_burst: 0",
    "1:19 rate_limit_burst: found 0, which lets no request through, wanted at least 1, or rate_limit_per_minute: 0 for no limit",
  ],
  [
    "api_keys: [{name: x}]",
    "1:12 api_keys[0]: found no key, wanted one of key, key_hash and key_file",
  ],
  [
    "api_keys: [{key: x, key_file: y}]",
    "1:12 api_keys[0]: found several keys, wanted one of key, key_hash and key_file",
  ],
  [
    "api_keys: ['']",
    "1:12 api_keys[0]: found no key, wanted one of key, key_hash and key_file",
  ],
  [
    "api_keys: [{key_hash: md5:1b3f}]",
    '1:23 api_keys[0].key_hash: found a text that is not shown here, wanted "sha256:" and 64 hexadecimal digits, as "opsen keys create NAME --offline" prints it, or "" for none',
  ],
  [
    "api_keys: [{name: ci, key: a}, {name: ci, key: b}]",
    '1:39 api_keys[1].name: found "ci", which api_keys[0] is called already, wanted another name',
  ],
  [
    "api_keys: [{name: server_key, key: a}]",
    '1:19 api_keys[0].name: found "server_key", which stands for somebody else, wanted another name',
  ],
  [
    "server_key: a\nserver_key_file: b",
    "2:18 server_key_file: found a value, and one for server_key too, wanted one of them",
  ],
  [
    "jwt: {jwks_url: 'http://a', key_file: b}",
    "1:39 jwt.key_file: found a value, and one for jwt.jwks_url too, wanted one of them",
  ],
  [
    "jwt: {jwks_url: 'http://a'}",
    "1:17 jwt.jwks_url: found http to another machine, wanted https, because whoever is on the way could put keys of its own there",
  ],
  [
    "jwt: {jwks_url: 'https://a', algorithms: [ES256, HS256]}",
    "1:42 jwt.algorithms: found HS256, wanted jwt.key_file for them: keys at a URL are no secrets",
  ],
  [
    "jwt: {key_file: a, algorithms: []}",
    "1:32 jwt.algorithms: found none, wanted at least one, because no token is good without",
  ],
  [
    "jwt: {issuer: a}",
    "1:15 jwt.issuer: found a value, but no key to check tokens with, wanted jwt.jwks_url or jwt.key_file",
  ],
  [
    "jwt: {audience: a}",
    "1:17 jwt.audience: found a value, but no key to check tokens with, wanted jwt.jwks_url or jwt.key_file",
  ],
];

for (const [text, problem] of CONTRADICTIONS) {
  Deno.test(`"${text}" alone contradicts itself`, async () => {
    assert.deepEqual(await serverProblems(text), [`server.yml:${problem}`]);
  });
}

Deno.test("what belongs together loads together", async () => {
  const text =
    "tls_cert_file: a\ntls_key_file: b\nlatitude: 50\nlongitude: 14\nrate_limit_per_minute: 0\nrate_limit_burst: 0\njwt: {key_file: a, issuer: b, audience: c}\n";
  assert.deepEqual(await serverProblems(text), []);
});

Deno.test("keys of tokens may come without TLS from this machine alone", async () => {
  const urls = [
    ...["https://idp.example", "http://localhost:8081/keys"],
    ...["http://127.0.0.1/keys", "http://[::1]/keys"],
  ];
  for (const url of urls) {
    assert.deepEqual(await serverProblems(`jwt: {jwks_url: '${url}'}`), []);
  }
  for (const url of ["http://127.0.0.1.example", "http://10.0.0.1"]) {
    const problems = await serverProblems(`jwt: {jwks_url: '${url}'}`);
    assert.equal(problems.length, 1, url);
  }
});

Deno.test("the PROXY protocol without proxies that are trusted is a warning", async () => {
  assert.deepEqual(await warnings("proxy_protocol: true\n"), [
    "proxy_protocol is on, but trusted_proxies is empty: nobody's PROXY header is taken",
  ]);
  const trusted = "trusted_proxies: [10.0.0.1]\n";
  assert.deepEqual(await warnings(`proxy_protocol: true\n${trusted}`), []);
  assert.deepEqual(await warnings(""), []);
});

Deno.test("a port is shared by any driver but one, with a certificate and without", async () => {
  const shared = "reuse_port: true\n";
  const tls = "tls_cert_file: c.pem\ntls_key_file: k.pem\n";
  for (const others of ["", tls]) {
    assert.deepEqual(
      await serverProblems(`edge_driver: deno\n${shared}${others}`),
      [
        'server.yml:1:14 edge_driver: found "deno", which can\'t share a port as reuse_port says, wanted "auto" or "epoll"',
      ],
    );
    for (const driver of ["auto", "epoll"]) {
      const text = `edge_driver: ${driver}\n${shared}${others}`;
      assert.deepEqual(await serverProblems(text), []);
    }
    assert.deepEqual(await warnings(`edge_driver: deno\n${others}`), []);
  }
  assert.deepEqual(
    await serverProblems(shared, { env: { OPSEN_EDGE_DRIVER: "deno" } }),
    [
      'OPSEN_EDGE_DRIVER: found "deno", which can\'t share a port as reuse_port says, wanted "auto" or "epoll"',
    ],
  );
});

Deno.test("a key for a tier that is not there is worth a warning", async () => {
  const keys = (tiers: string) =>
    `${TIERS}default_tier: a\napi_keys: [{name: ci, key: abcdefgh, tiers: ${tiers}}]\n`;
  assert.deepEqual(await warnings(keys("[a, b]")), [
    'api_keys[0].tiers[1] is "b", which is none of the tiers "a"',
  ]);
  assert.deepEqual(await warnings(keys("[a]")), []);
});

Deno.test("of enable_cors and cors_allowed_origins one alone is worth a warning", async () => {
  const origins = 'cors_allowed_origins: ["https://app.example.com"]\n';
  assert.deepEqual(await warnings("enable_cors: true\n"), [
    "enable_cors is on, but cors_allowed_origins is empty: pages of other origins may not call",
  ]);
  assert.deepEqual(await warnings(origins), [
    "cors_allowed_origins is without effect until enable_cors is true",
  ]);
  assert.deepEqual(await warnings(`enable_cors: true\n${origins}`), []);
});

Deno.test("to ask for keys that nobody has is a warning", async () => {
  const text = "proxy_require_key: true\n";
  const [warning = "", ...rest] = await warnings(text);
  assert.match(warning, /^proxy_require_key is set, but no key is/);
  assert.deepEqual(rest, []);
  for (const key of ["server_key: a", "server_key_file: /a", "api_keys: [a]"]) {
    assert.deepEqual(await warnings(`${text}${key}\n`), [], key);
  }
});

Deno.test("tokens of any application are a warning", async () => {
  const [warning = ""] = await warnings("jwt: {jwks_url: 'https://a'}\n");
  assert.match(warning, /^jwt has neither issuer nor audience/);
  for (const more of ["issuer: a", "audience: a"]) {
    const text = `jwt: {jwks_url: 'https://a', ${more}}\n`;
    assert.deepEqual(await warnings(text), [], text);
  }
});
