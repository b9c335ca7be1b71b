/** The fields of a message with which our own client says who speaks and whether its machine drains. */
import * as z from "zod";
import { clientId, otherwise } from "./fields.ts";

/** What a message says of it; undefined is what a Go client says. */
export interface SaidPresence {
  /** Of the process that sent it. */
  readonly instance: string | undefined;
  /** Whether its machine takes no new sessions. */
  readonly isDraining: boolean | undefined;
}

/** The fields. */
export const PRESENCE_FIELDS = {
  /** Drawn by the process when it starts, so that two with one id can be told apart. */
  instance: otherwise(clientId(), undefined),
  /** Whether it takes no new sessions. */
  draining: otherwise(z.boolean(), undefined),
};

/** What the fields of one message say. */
export function presenceOf(body: {
  readonly instance: string | undefined;
  readonly draining: boolean | undefined;
}): SaidPresence {
  return { instance: body.instance, isDraining: body.draining };
}
