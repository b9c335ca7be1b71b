/**
 * Tests that need a program which not every machine has. Where it is absent they are ignored, with a line that names
 * it; `OPSEN_TEST_TOOLS=required` makes the absence a failure, so that a machine that should have it all proves it.
 */

/** A test that runs when the tools, found on PATH by name or given by path, are there. */
export function toolTest(
  tools: string | readonly string[],
  name: string,
  fn: (context: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = missingTools(typeof tools === "string" ? [tools] : tools);
  if (missing.length === 0) return Deno.test(name, fn);
  const reason = `${name} (needs ${missing.join(" and ")})`;
  if (Deno.env.get("OPSEN_TEST_TOOLS") !== "required") {
    return Deno.test.ignore(reason, fn);
  }
  Deno.test(reason, () => {
    throw new Error(
      `Cannot run the test: "${
        missing.join('", "')
      }" is absent and OPSEN_TEST_TOOLS is "required"`,
    );
  });
}

/** Those of the tools that are not on this machine. */
export function missingTools(tools: readonly string[]): readonly string[] {
  const folders = (Deno.env.get("PATH") ?? "").split(
    Deno.build.os === "windows" ? ";" : ":",
  );
  return tools.filter((tool) => {
    const paths = tool.includes("/")
      ? [tool]
      : folders.map((folder) => `${folder || "."}/${tool}`);
    return !paths.some(isExecutable);
  });
}

function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch {
    return false;
  }
}
