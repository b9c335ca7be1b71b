/** Waits for what has to come, as long as it takes on a busy machine. */

/** Far beyond anything a test waits for; reaching it is a failure. */
const PATIENCE_MS = 20_000;

/** Settles when the condition holds. */
export async function until(
  what: string,
  condition: () => boolean,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
