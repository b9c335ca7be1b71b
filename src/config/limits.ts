/** Ends of ranges that many keys share. */

/** A day; a longer interval or time-out than that is a slip of the unit. */
export const DAY_SECONDS = 86_400;

/** A hundred years. */
export const CENTURY_DAYS = 36_500;

/** More connections than one machine can hold. */
export const CONNECTIONS_MAX = 1_000_000;

/** Largest TCP port. */
export const PORT_MAX = 65_535;
