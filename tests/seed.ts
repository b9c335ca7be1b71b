/** The seed of a property test: from OPSEN_TEST_SEED, else new; printed so that a failure can be repeated. */
export function seedOf(test: string): number {
  const given = Deno.env.get("OPSEN_TEST_SEED");
  const seed = given === undefined
    ? crypto.getRandomValues(new Uint32Array(1))[0] ?? 1
    : Number(given);
  console.log(`${test}: OPSEN_TEST_SEED=${seed}`);
  return seed;
}
