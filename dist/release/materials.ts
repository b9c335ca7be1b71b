/** Looks up what the bill of materials and the licences are made of: the lock file, and the packages in Deno's cache. */
import { dependenciesOf, type LockedPackage, nameAndVersion } from "./sbom.ts";
import { outputOf } from "./run_tool.ts";

/** What is known of the packages. */
export interface Materials {
  readonly locked: Readonly<Record<string, LockedPackage>>;
  /** Keys of the packages that the program loads, and of what these need. */
  readonly shipped: ReadonlySet<string>;
  readonly licences: ReadonlyMap<string, string>;
  /** The licences of what ships, the runtime's first, in full. */
  readonly licenceTexts: string;
}

/** Looks them up for the repository at `root`. */
export async function materials(root: string): Promise<Materials> {
  const lock = JSON.parse(Deno.readTextFileSync(`${root}/deno.lock`));
  const locked: Materials["locked"] = lock.npm ?? {};
  const keys = Object.keys(locked);
  const deno = async (...args: string[]) =>
    JSON.parse(await outputOf(Deno.execPath(), args, { cwd: root }));
  const { modules } = await deno("info", "--json", "main.ts");
  const loaded: string[] = modules.flatMap((
    { kind, npmPackage }: { kind: string; npmPackage?: string },
  ) => kind === "npm" && npmPackage !== undefined ? [npmPackage] : []);
  const shipped = new Set<string>();
  const add = (key: string) => {
    if (shipped.has(key)) return;
    shipped.add(key);
    dependenciesOf(key, keys, locked).forEach(add);
  };
  loaded.filter((key) => key in locked).forEach(add);

  const { npmCache } = await deno("info", "--json");
  const licences = new Map<string, string>();
  const runtime = Deno.readTextFileSync(
    `${root}/dist/release/deno_licence.txt`,
  );
  const texts = [`== deno\n\n${runtime.trim()}\n`];
  for (const key of keys.toSorted()) {
    const folder = packageFolder(npmCache, key);
    if (folder === undefined) continue;
    const { license } = JSON.parse(
      Deno.readTextFileSync(`${folder}/package.json`),
    );
    if (typeof license === "string") licences.set(key, license);
    if (!shipped.has(key)) continue;
    const text = licenceText(folder) ?? `Licence: ${license ?? "not stated"}`;
    texts.push(`== ${key}\n\n${text.trim()}\n`);
  }
  return { locked, shipped, licences, licenceTexts: texts.join("\n") };
}

/** Where the cache holds a package; it is sorted by registry first. */
function packageFolder(cache: string, key: string): string | undefined {
  const { name, version } = nameAndVersion(key);
  for (const registry of Deno.readDirSync(cache)) {
    const folder = `${cache}/${registry.name}/${name}/${version}`;
    if (isFile(`${folder}/package.json`)) return folder;
  }
  return undefined;
}

function licenceText(folder: string): string | undefined {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const name = names.toSorted().find((name) => /^licen[cs]e/i.test(name));
  return name === undefined
    ? undefined
    : Deno.readTextFileSync(`${folder}/${name}`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
