/**
 * The bill of materials: what an executable is made of, as CycloneDX 1.6 JSON
 * (https://cyclonedx.org/docs/1.6/json/). The same for the same lock file and runtime.
 */
import { createHash } from "node:crypto";

/** What deno.lock says of an npm package. */
export interface LockedPackage {
  readonly integrity?: string;
  readonly dependencies?: readonly string[];
}

/** What the bill is made of. */
export interface BillParts {
  readonly version: string;
  readonly epochSeconds: number;
  readonly runtime: {
    readonly version: string;
    readonly arch: string;
    readonly sha256: string;
  };
  /** The `npm` part of deno.lock. */
  readonly locked: Readonly<Record<string, LockedPackage>>;
  /** Keys of packages that the executables contain; the others are needed to develop only. */
  readonly shipped: ReadonlySet<string>;
  /** SPDX licence of a package by its key, where it states one. */
  readonly licences: ReadonlyMap<string, string>;
}

/** The bill as JSON text. */
export function sbom(parts: BillParts): string {
  const { version, epochSeconds, runtime, locked, shipped } = parts;
  const keys = Object.keys(locked).toSorted();
  const own = `pkg:generic/opsen@${version}`;
  const platform =
    `pkg:github/denoland/deno@v${runtime.version}?arch=${runtime.arch}`;
  const components = [
    {
      type: "platform",
      "bom-ref": platform,
      name: "deno",
      version: runtime.version,
      scope: "required",
      hashes: [{ alg: "SHA-256", content: runtime.sha256 }],
      licenses: [{ license: { id: "MIT" } }],
      purl: platform,
    },
    ...keys.map((key) => npmComponent(key, parts)),
  ];
  const direct = keys.filter((key) =>
    shipped.has(key) && !isNeededByOther(key, keys, locked)
  );
  const dependencies = [
    { ref: own, dependsOn: [platform, ...direct.map(purlOf)] },
    { ref: platform, dependsOn: [] },
    ...keys.map((key) => ({
      ref: purlOf(key),
      dependsOn: dependenciesOf(key, keys, locked).map(purlOf),
    })),
  ];
  const content = { components, dependencies };
  return `${
    JSON.stringify(
      {
        $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bomFormat: "CycloneDX",
        specVersion: "1.6",
        serialNumber: `urn:uuid:${uuidOf(JSON.stringify([own, content]))}`,
        version: 1,
        metadata: {
          timestamp: new Date(epochSeconds * 1000).toISOString(),
          component: {
            type: "application",
            "bom-ref": own,
            name: "opsen",
            version,
            licenses: [{ license: { id: "Apache-2.0" } }],
            purl: own,
          },
        },
        ...content,
      },
      null,
      2,
    )
  }\n`;
}

/** Name and version of a key of deno.lock, without the peers that stand behind some. */
export function nameAndVersion(
  key: string,
): { readonly name: string; readonly version: string } {
  const match = /^(@?[^@]+)@([^_]+)/.exec(key);
  if (match === null) {
    throw new Error(
      `Cannot read "${key}" of deno.lock: wanted a name, "@" and a version`,
    );
  }
  return { name: match[1] ?? "", version: match[2] ?? "" };
}

/** Keys of what a package needs. */
export function dependenciesOf(
  key: string,
  keys: readonly string[],
  locked: Readonly<Record<string, LockedPackage>>,
): readonly string[] {
  return (locked[key]?.dependencies ?? []).flatMap((wanted) => {
    if (locked[wanted] !== undefined) return [wanted];
    // A name stands alone where the lock has one version of it.
    const named = wanted.replace(/(?<=.)@npm:.*$/, "");
    return keys.filter((other) => nameAndVersion(other).name === named);
  });
}

function npmComponent(
  key: string,
  { locked, shipped, licences }: BillParts,
): Readonly<Record<string, unknown>> {
  const { name, version } = nameAndVersion(key);
  const [group, own] = name.startsWith("@")
    ? name.split("/")
    : [undefined, name];
  const licence = licences.get(key);
  return {
    type: "library",
    "bom-ref": purlOf(key),
    ...(group === undefined ? {} : { group }),
    name: own,
    version,
    scope: shipped.has(key) ? "required" : "excluded",
    hashes: hashesOf(locked[key]?.integrity),
    ...(licence === undefined ? {} : { licenses: [licenceOf(licence)] }),
    purl: purlOf(key),
  };
}

/** A package URL (https://github.com/package-url/purl-spec, type npm). */
function purlOf(key: string): string {
  const { name, version } = nameAndVersion(key);
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function hashesOf(integrity: string | undefined): readonly unknown[] {
  const base64 = /^sha512-(.+)$/.exec(integrity ?? "")?.[1];
  if (base64 === undefined) return [];
  const bytes = Uint8Array.fromBase64(base64);
  return [{ alg: "SHA-512", content: bytes.toHex() }];
}

function licenceOf(text: string): unknown {
  return /[ ()]/.test(text) ? { expression: text } : { license: { id: text } };
}

function isNeededByOther(
  key: string,
  keys: readonly string[],
  locked: Readonly<Record<string, LockedPackage>>,
): boolean {
  return keys.some((other) =>
    dependenciesOf(other, keys, locked).includes(key)
  );
}

/** A name-based UUID of the content (RFC 9562, section 5.8). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
