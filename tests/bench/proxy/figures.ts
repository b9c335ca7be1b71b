/** What was measured, beside what it should be. */

/** One figure; without an aim it is only shown. */
export interface Figure {
  readonly name: string;
  readonly measured: number;
  readonly unit: "x" | "ms" | "µs" | "MB" | "/s";
  readonly aim?: Aim;
}

/** What a figure should reach or stay below. */
export type Aim =
  | { readonly kind: "at_least"; readonly value: number }
  | { readonly kind: "at_most"; readonly value: number };

/** How far a figure may stay behind its aim before the bench fails: machines and neighbours differ. */
const SHARE_OF_AIM_MIN = 0.8;

/** An aim to reach. */
export function atLeast(value: number): Aim {
  return { kind: "at_least", value };
}

/** An aim to stay below. */
export function atMost(value: number): Aim {
  return { kind: "at_most", value };
}

/** Whether it is so far behind its aim that the bench fails; NaN is. */
export function isFailed(figure: Figure): boolean {
  return reached(figure) === "failed";
}

/** A figure as a line. */
export function lineOf(figure: Figure): string {
  const { name, measured, unit, aim } = figure;
  const shown = measured.toFixed(unit === "/s" ? 0 : 3).padStart(10);
  if (aim === undefined) return `${name.padEnd(54)} ${shown} ${unit}`;
  const sign = aim.kind === "at_least" ? "≥" : "≤";
  const wanted = `(aim ${sign} ${aim.value})`.padEnd(14);
  return `${name.padEnd(54)} ${shown} ${unit.padEnd(2)} ${wanted} ${
    reached(figure)
  }`;
}

function reached({ measured, aim }: Figure): "ok" | "short" | "failed" {
  if (aim === undefined) return "ok";
  const share = aim.kind === "at_least"
    ? measured / aim.value
    : aim.value / measured;
  if (share >= 1) return "ok";
  return share >= SHARE_OF_AIM_MIN ? "short" : "failed";
}
