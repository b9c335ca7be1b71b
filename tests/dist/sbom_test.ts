import * as cyclonedx from "@cyclonedx/cyclonedx-library";
import { Ajv, type ValidateFunction } from "ajv";
import assert from "node:assert/strict";
import { materials } from "../../dist/release/materials.ts";
import {
  type BillParts,
  dependenciesOf,
  nameAndVersion,
  sbom,
} from "../../dist/release/sbom.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname)
  .replace(/\/$/, "");

const PARTS: BillParts = {
  version: "1.2.3",
  epochSeconds: 1_700_000_000,
  runtime: { version: "2.9.6", arch: "x86_64", sha256: "0".repeat(64) },
  locked: {
    "web@1.0.0": {
      integrity: `sha512-${btoa("x".repeat(64))}`,
      dependencies: ["@small/part"],
    },
    "@small/part@2.0.0": { integrity: `sha512-${btoa("y".repeat(64))}` },
    "checker@3.0.0_web@1.0.0": { dependencies: ["web@1.0.0"] },
  },
  shipped: new Set(["web@1.0.0", "@small/part@2.0.0"]),
  licences: new Map([
    ["web@1.0.0", "MIT"],
    ["@small/part@2.0.0", "(MIT OR Apache-2.0)"],
  ]),
};

Deno.test("a bill of materials names every package of the lock file with its hash, licence and use", () => {
  const { components } = JSON.parse(sbom(PARTS));
  const [runtime, ...packages] = components;
  assert.equal(runtime.purl, "pkg:github/denoland/deno@v2.9.6?arch=x86_64");
  assert.deepEqual(
    packages.map((
      { purl, scope, licenses }: Record<string, unknown>,
    ) => [purl, scope, licenses]),
    [
      [
        "pkg:npm/%40small/part@2.0.0",
        "required",
        [{ expression: "(MIT OR Apache-2.0)" }],
      ],
      ["pkg:npm/checker@3.0.0", "excluded", undefined],
      ["pkg:npm/web@1.0.0", "required", [{ license: { id: "MIT" } }]],
    ],
  );
  assert.deepEqual(packages[2].hashes, [{
    alg: "SHA-512",
    content: "78".repeat(64),
  }]);
});

Deno.test("a bill of materials says what needs what", () => {
  const { dependencies } = JSON.parse(sbom(PARTS));
  const needs = new Map(
    dependencies.map((
      { ref, dependsOn }: { ref: string; dependsOn: string[] },
    ) => [ref, dependsOn]),
  );
  assert.deepEqual(needs.get("pkg:npm/web@1.0.0"), [
    "pkg:npm/%40small/part@2.0.0",
  ]);
  assert.deepEqual(needs.get("pkg:npm/checker@3.0.0"), ["pkg:npm/web@1.0.0"]);
});

Deno.test("a bill of materials is the same for the same parts, and another one for others", () => {
  assert.equal(sbom(PARTS), sbom(PARTS));
  const serial = (parts: BillParts) => JSON.parse(sbom(parts)).serialNumber;
  assert.notEqual(serial(PARTS), serial({ ...PARTS, version: "1.2.4" }));
});

Deno.test("a dependency with several versions in the lock file is the one that is meant", () => {
  const locked = {
    "a@1.0.0": { dependencies: ["b@2.0.0"] },
    "b@1.0.0": {},
    "b@2.0.0": {},
  };
  assert.deepEqual(dependenciesOf("a@1.0.0", Object.keys(locked), locked), [
    "b@2.0.0",
  ]);
  assert.throws(() => nameAndVersion("nothing"), /deno\.lock/);
});

Deno.test("the bill of this repository is valid by the schema of CycloneDX 1.6 and has the packages that ship", async () => {
  const found = await materials(ROOT);
  const bill = JSON.parse(sbom({ ...PARTS, ...found }));
  const validate = validator();
  const isValid: boolean = validate(bill);
  assert.ok(isValid, JSON.stringify(validate.errors));
  const required = bill.components
    .filter(({ scope }: { scope: string }) => scope === "required")
    .map(({ name }: { name: string }) => name);
  for (const name of ["deno", "hono", "zod", "maxmind", "mmdb-lib"]) {
    assert.ok(required.includes(name), name);
  }
  assert.ok(!required.includes("fast-check"));
  for (const { name, licenses } of bill.components) assert.ok(licenses, name);
  assert.match(found.licenceTexts, /^== deno\n\nMIT License\n/);
  assert.match(found.licenceTexts, /== hono@[\s\S]*MIT/);

  assert.equal(validate({ ...bill, components: [{ name: "x" }] }), false);
});

/** The official schema with the two that it refers to; the library that has them keeps their places to itself. */
function validator(): ValidateFunction {
  const { FILES } = Reflect.get(cyclonedx, "_Resources");
  const read = (path: string) => JSON.parse(Deno.readTextFileSync(path));
  const { CDX, SPDX, JSF } = FILES;
  const folder = "http://cyclonedx.org/schema/";
  return new Ajv({ strict: false, validateFormats: false })
    .addSchema(read(SPDX.JSON_SCHEMA), `${folder}spdx.SNAPSHOT.schema.json`)
    .addSchema(read(JSF.JSON_SCHEMA), `${folder}jsf-0.82.SNAPSHOT.schema.json`)
    .compile(read(CDX.JSON_SCHEMA["1.6"]));
}
