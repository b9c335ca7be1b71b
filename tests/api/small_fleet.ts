/** A home with backends in it, for tests about placing. */
import { type Machine, registered, reported } from "../engine/machines.ts";
import { ApiHome, type HomeOptions } from "./api_home.ts";

/** A home over these machines, all of which have reported. */
export function homeOver(
  machines: Readonly<Record<string, Machine>>,
  options: HomeOptions = {},
): ApiHome {
  const home = new ApiHome(options);
  for (const [id, machine] of Object.entries(machines)) {
    join(home, id, machine);
  }
  return home;
}

/** One more machine registers and reports. */
export function join(home: ApiHome, id: string, machine: Machine = {}): void {
  const now = home.clock.monotonicMs();
  home.balancer.register(registered(id, machine), now);
  home.balancer.report(id, reported(machine), now);
}
