/** Who sends the present request of a connection, and what of it is counted. Owner: the caller's connection. */
import type { Principal } from "../policy/principal.ts";
import type { KeyField } from "../wire/bearer.ts";
import type { Standing } from "./standing.ts";

/** The sender of the present request; the guard fills it in. */
export class Guest {
  /** What its address may do, behind trusted proxies. */
  standing: Standing;
  /** Whose key it shows; undefined where none was asked for. */
  principal: Principal | undefined;
  /** The fields that hold keys of ours, which are not for backends; none when no key was asked for. */
  keyFields: readonly KeyField[] = NONE;
  /** Under which group its request is counted as one in progress; undefined when it isn't. */
  countedAs: string | undefined;

  /** Nobody has sent a request yet. */
  constructor(standing: Standing) {
    this.standing = standing;
  }

  /** A request begins. */
  begin(standing: Standing): void {
    this.standing = standing;
    this.principal = undefined;
    this.keyFields = NONE;
  }
}

const NONE: readonly KeyField[] = [];
