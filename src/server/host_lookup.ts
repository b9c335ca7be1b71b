/**
 * Looks host names up for whoever waits for an answer: soon or not at all. Owner of the questions that are out, bounded
 * by {@link QUESTIONS_MAX}.
 */
import { systemLookup } from "../edge/resolver.ts";
import { within } from "../lifecycle.ts";

/** How long an answer is waited for: a registration that waits for a dead name server is sent again meanwhile. */
const DEADLINE_MS = 1_000;

/** Questions at once: the system asks each on a thread of few, which traffic needs too. */
const QUESTIONS_MAX = 8;

/** The addresses of a name; undefined when they can't be had now. */
export type HostLookup = (
  name: string,
) => Promise<readonly string[] | undefined>;

/** Asks the system, as the edge does. */
export function hostLookup(ask = systemLookup): HostLookup {
  let asked = 0;
  return async (name) => {
    if (asked >= QUESTIONS_MAX) return undefined;
    asked++;
    const question = ask(name).catch(() => undefined).finally(() => asked--);
    return await within(DEADLINE_MS, question) ? await question : undefined;
  };
}
