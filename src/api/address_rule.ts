/** The addresses that may call. */
import { AddressRanges } from "../config/address_ranges.ts";
import { type Problem, problem } from "./problems.ts";

/** Refuses callers outside of the ranges; no ranges allow everyone. */
export class AddressRule {
  readonly #allowed: AddressRanges;

  /** Throws a `TypeError` when one of the ranges is not an address or CIDR range. */
  constructor(ranges: readonly string[]) {
    this.#allowed = new AddressRanges(ranges);
  }

  /** Whether everyone may call, so that nobody's address needs to be looked up. */
  get isOpen(): boolean {
    return this.#allowed.isEmpty;
  }

  /** Why a caller from this address is refused, or undefined when it is not. */
  refusal(ip: string): Problem | undefined {
    if (this.isOpen || this.#allowed.includes(ip)) return undefined;
    const shown = ip === "" ? "unknown" : ip;
    return problem("address_not_allowed", `Address not allowed: ${shown}`);
  }
}
