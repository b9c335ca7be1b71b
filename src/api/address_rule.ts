/** The addresses that may call. */
import { AddressRanges } from "../config/address_ranges.ts";
import { type Problem, problem } from "./problems.ts";

/** Refuses callers outside of the allowed ranges, if there are any, and those inside of the blocked ones. */
export class AddressRule {
  readonly #allowed: AddressRanges;
  readonly #blocked: AddressRanges;

  /** Throws a `TypeError` when one of the ranges is not an address or CIDR range. */
  constructor(allowed: readonly string[], blocked: readonly string[]) {
    this.#allowed = new AddressRanges(allowed);
    this.#blocked = new AddressRanges(blocked);
  }

  /** Whether everyone may call, so that nobody's address needs to be looked up. */
  get isOpen(): boolean {
    return this.#allowed.isEmpty && this.#blocked.isEmpty;
  }

  /** Why a caller from this address is refused, or undefined when it is not. */
  refusal(ip: string): Problem | undefined {
    const isAllowed = this.#allowed.isEmpty || this.#allowed.includes(ip);
    return isAllowed ? this.blocked(ip) : notAllowed(ip);
  }

  /** Why a caller from this address is refused also where anyone may call, or undefined when it is not. */
  blocked(ip: string): Problem | undefined {
    return this.#blocked.includes(ip) ? notAllowed(ip) : undefined;
  }
}

function notAllowed(ip: string): Problem {
  const shown = ip === "" ? "unknown" : ip;
  return problem("address_not_allowed", `Address not allowed: ${shown}`);
}
