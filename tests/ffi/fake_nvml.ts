/** The fake NVML: compiled where there is a compiler, once per test process, and loaded as the real one is. */
import { missingTools, toolTest } from "../tools.ts";
import { type NvmlScript, scriptText } from "./nvml_script.ts";

/** The compiler of this machine; undefined when it has none, and then {@link nvmlTest} ignores its test. */
export const compiler: string | undefined = ["cc", "gcc", "clang"].find((
  name,
) => missingTools([name]).length === 0);

/** A test with the fake; ignored where there is no compiler, which its name says. */
export function nvmlTest(
  name: string,
  fn: (context: Deno.TestContext) => void | Promise<void>,
): void {
  toolTest(compiler ?? "cc", name, fn);
}

/** Which functions it has: today's, only the first version of each, or none. */
export type NvmlVariant = "current" | "old" | "empty";

/** A library of its own: what one test writes no other sees. */
export interface FakeNvml extends Disposable {
  /** Holds only the library and its script; for LD_LIBRARY_PATH. */
  readonly folder: string;
  /** For openNvml({ paths: [path] }). */
  readonly path: string;
  /** From the next call on this is the world; also for calls that hang. */
  write(script: NvmlScript): void;
  /** The calls since it was made, such as "nvmlDeviceGetName 0", with " OVERLAP" for one that began during another. */
  calls(): readonly string[];
}

/** What kind of fake. */
export interface FakeOptions {
  readonly variant?: NvmlVariant;
  /** Whether its calls are written down, which costs more than the calls; default true. */
  readonly isLogging?: boolean;
}

/** A fresh one that plays the script. */
export function makeFakeNvml(
  script: NvmlScript = {},
  { variant = "current", isLogging = true }: FakeOptions = {},
): FakeNvml {
  const folder = Deno.makeTempDirSync({ prefix: "fake-nvml-" });
  const path = `${folder}/libnvidia-ml.so.1`;
  // A copy is another library to the loader: it has its own state and its own script.
  Deno.writeFileSync(path, compiled(variant), { mode: 0o755 });
  const log = `${folder}/calls`;
  let version = 0;
  const fake: FakeNvml = {
    folder,
    path,
    write(script) {
      version++;
      const written = `${folder}/nvml.script.${version}`;
      Deno.writeTextFileSync(
        written,
        `${isLogging ? `log ${log}\n` : ""}${scriptText(script)}`,
      );
      // The fake tells scripts apart by their times too, and a file system's clock may be too coarse for that.
      Deno.utimeSync(written, version, version);
      Deno.renameSync(written, `${folder}/nvml.script`);
    },
    calls() {
      try {
        return Deno.readTextFileSync(log).trimEnd().split("\n");
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    },
    [Symbol.dispose]() {
      Deno.removeSync(folder, { recursive: true });
    },
  };
  fake.write(script);
  return fake;
}

const FLAGS: { readonly [variant in NvmlVariant]: readonly string[] } = {
  current: [],
  old: ["-DOLD_NVML"],
  empty: ["-DEMPTY_NVML"],
};

const libraries = new Map<NvmlVariant, Uint8Array>();

function compiled(variant: NvmlVariant): Uint8Array {
  const before = libraries.get(variant);
  if (before !== undefined) return before;
  const folder = Deno.makeTempDirSync({ prefix: "fake-nvml-" });
  try {
    const path = `${folder}/fake.so`;
    const source = new URL("../fixtures/nvml/fake_nvml.c", import.meta.url);
    const { success, stderr } = new Deno.Command(compiler ?? "cc", {
      args: [
        ...["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"],
        ...FLAGS[variant],
        ...["-o", path, decodeURIComponent(source.pathname)],
        ...["-lpthread", "-ldl"],
      ],
      stdin: "null",
    }).outputSync();
    if (!success) {
      throw new Error(
        `Cannot compile the fake NVML: ${new TextDecoder().decode(stderr)}`,
      );
    }
    const library = Deno.readFileSync(path);
    libraries.set(variant, library);
    return library;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
