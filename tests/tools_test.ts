import assert from "node:assert/strict";
import { missingTools, toolTest } from "./tools.ts";

Deno.test("tools are found by name on PATH and by path", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("PATH") ?? "";
  try {
    await Deno.writeTextFile(`${folder}/opsen-some-tool`, "#!/bin/sh\n", {
      mode: 0o755,
    });
    await Deno.writeTextFile(`${folder}/opsen-no-tool`, "text", {
      mode: 0o644,
    });
    Deno.env.set("PATH", `${folder}:${before}`);
    const asked = [
      "opsen-some-tool",
      "opsen-no-tool",
      "opsen-absent",
      `${folder}/opsen-some-tool`,
      folder,
    ];
    assert.deepEqual(missingTools(asked), [
      "opsen-no-tool",
      "opsen-absent",
      folder,
    ]);
  } finally {
    Deno.env.set("PATH", before);
    await Deno.remove(folder, { recursive: true });
  }
});

toolTest([], "a test that needs no tool runs", () => {});

Deno.test("a test whose tool is absent is ignored with its name, or fails where tools are required", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const url = new URL("tools.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${folder}/sample_test.ts`,
      `import { toolTest } from ${
        JSON.stringify(url)
      };\ntoolTest("opsen-absent", "a sample", () => {});\n`,
    );
    const tolerant = await runTests(folder, "");
    assert.equal(tolerant.code, 0, tolerant.text);
    assert.match(
      tolerant.text,
      /a sample \(needs opsen-absent\) \.\.\. ignored/,
    );
    const strict = await runTests(folder, "required");
    assert.equal(strict.code, 1, strict.text);
    assert.match(strict.text, /"opsen-absent" is absent/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function runTests(
  folder: string,
  tools: string,
): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-config", "--no-lock", folder],
    env: { OPSEN_TEST_TOOLS: tools, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return {
    code,
    text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr),
  };
}
