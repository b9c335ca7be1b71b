/** Where the library is looked for, and what is not it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openNvml } from "../../ffi/nvml.ts";
import { nvmlPaths } from "../../ffi/nvml_paths.ts";
import { makeFakeNvml, nvmlTest } from "./fake_nvml.ts";

const LINUX = {
  os: "linux",
  arch: "x86_64",
  libraryPath: undefined,
  loaderCache: undefined,
};
const NAME = "libnvidia-ml.so.1";

Deno.test("the library is looked for by absolute paths, and only on the systems whose layouts are known", () => {
  for (const arch of ["x86_64", "aarch64"]) {
    const paths = nvmlPaths({ ...LINUX, arch });
    assert.ok(paths.includes(`/usr/lib/${arch}-linux-gnu/${NAME}`));
    assert.ok(paths.includes(`/usr/lib/wsl/lib/${NAME}`));
    assert.ok(paths.includes(`/run/opengl-driver/lib/${NAME}`));
    assert.ok(paths.every((path) => path.startsWith("/")));
    assert.equal(new Set(paths).size, paths.length);
  }
  assert.deepEqual(nvmlPaths({ ...LINUX, arch: "riscv64" }), []);
  assert.deepEqual(nvmlPaths({ ...LINUX, os: "darwin" }), []);
});

Deno.test("folders of LD_LIBRARY_PATH go first, without those that depend on the working directory", () => {
  const paths = nvmlPaths({
    ...LINUX,
    libraryPath: "/opt/driver/lib:.::relative:/opt/other//:/usr/lib64",
  });
  assert.deepEqual(paths.slice(0, 3), [
    `/opt/driver/lib/${NAME}`,
    `/opt/other/${NAME}`,
    `/usr/lib64/${NAME}`,
  ]);
  assert.equal(new Set(paths).size, paths.length);
});

Deno.test("what the dynamic loader knows goes before the usual folders", () => {
  const text = [
    "glibc-ld.so.cache1.1\u0000\u0001\u0002\u00ff",
    "libnvidia-ml.so.1",
    "/opt/nvidia-570/libnvidia-ml.so.1",
    "libnvidia-ml.so",
    "/opt/nvidia-570/libnvidia-ml.so",
    "/opt/nvidia-570/i386/not-libnvidia-ml.so.1",
    "/opt/nvidia-570/i386/libnvidia-ml.so.1",
    "",
  ].join("\0");
  assert.deepEqual(nvmlPaths({ ...LINUX, loaderCache: text }).slice(0, 3), [
    `/opt/nvidia-570/${NAME}`,
    `/opt/nvidia-570/i386/${NAME}`,
    `/usr/lib/x86_64-linux-gnu/${NAME}`,
  ]);
});

Deno.test("without a file there is no driver", () => {
  for (const paths of [[], ["/nonexistent/libnvidia-ml.so.1"]]) {
    assert.deepEqual(openNvml({ paths }), {
      kind: "absent",
      reason: "There is no libnvidia-ml.so.1",
      isMissing: true,
    });
  }
});

Deno.test("a file that is no library is said to be there", () => {
  const path = fileURLToPath(import.meta.url);
  const opened = openNvml({ paths: ["/nonexistent/lib.so", path] });
  assert.ok(opened.kind === "absent");
  assert.equal(opened.isMissing, false);
  assert.ok(opened.reason.startsWith(`Cannot load "${path}": `));
});

nvmlTest(
  "a library without the functions is told from NVIDIA's, and the next path is tried",
  () => {
    using empty = makeFakeNvml({}, { variant: "empty" });
    using fake = makeFakeNvml();
    assert.deepEqual(openNvml({ paths: [empty.path] }), {
      kind: "absent",
      reason:
        `Cannot use "${empty.path}": it has no nvmlInit, so it is not NVIDIA's management library`,
      isMissing: false,
    });
    const opened = openNvml({ paths: [empty.path, fake.path] });
    assert.ok(opened.kind === "open");
    assert.equal(opened.path, fake.path);
    opened.nvml.close();
  },
);

nvmlTest(
  "a library for another machine can't be loaded, and the reason says so",
  () => {
    using fake = makeFakeNvml();
    const bytes = Deno.readFileSync(fake.path);
    // e_machine of the ELF header: EM_68K, on which this does not run.
    bytes.set([4, 0], 18);
    Deno.writeFileSync(`${fake.folder}/other`, bytes);
    const opened = openNvml({ paths: [`${fake.folder}/other`] });
    assert.ok(opened.kind === "absent");
    assert.equal(opened.isMissing, false);
    assert.match(opened.reason, /^Cannot load ".*\/other": ./);
  },
);

const OPEN = `
  import { openNvml } from ${
  JSON.stringify(import.meta.resolve("../../ffi/nvml.ts"))
};
  const { nvml: _, ...opened } = openNvml();
  console.log(JSON.stringify(opened));
  Deno.exit(0);
`;

nvmlTest(
  "the library of LD_LIBRARY_PATH is opened with permission for its path alone, and without it nobody is asked",
  async () => {
    using fake = makeFakeNvml();
    const open = async (...permissions: string[]) => {
      const main = `${fake.folder}/main.ts`;
      await Deno.writeTextFile(main, OPEN);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--no-config", ...permissions, main],
        env: { LD_LIBRARY_PATH: fake.folder },
      }).output();
      const text = new TextDecoder().decode(stdout);
      assert.notEqual(text, "", new TextDecoder().decode(stderr));
      return JSON.parse(text);
    };
    const allowed = ["--allow-env=LD_LIBRARY_PATH", `--allow-ffi=${fake.path}`];
    assert.deepEqual(await open(...allowed), { kind: "open", path: fake.path });
    assert.deepEqual(
      await open(allowed[0] ?? "", `--allow-read=${fake.path}`),
      {
        kind: "absent",
        reason: `Cannot load "${fake.path}": FFI with it is not permitted`,
        isMissing: false,
      },
    );
  },
);
