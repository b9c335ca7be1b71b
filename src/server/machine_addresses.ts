/** The addresses that this machine has. */

/** Of every interface, both families; none where the process may not ask for them. */
export function machineAddresses(): readonly string[] {
  try {
    return Deno.networkInterfaces().map(({ address }) => address);
  } catch {
    return [];
  }
}
