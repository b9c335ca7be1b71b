/** Waits for what another process has to bring about, as long as it takes on a busy machine. */

/** Far beyond anything a test waits for; reaching it is a failure. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 50;

/** Settles when the condition holds. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`Never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
