/** A shape in words: the end of "found …, wanted …" and the type column of the reference. */
import type { Shape } from "./shape.ts";

/** What a value of the shape is, such as "a whole number from 1 to 65535". */
export function wantedText(shape: Shape): string {
  switch (shape.kind) {
    case "flag":
      return "true or false";
    case "whole":
      return `a whole number from ${shape.min} to ${shape.max}`;
    case "number":
      return shape.open
        ? `a number above ${shape.min}, at most ${shape.max}`
        : `a number from ${shape.min} to ${shape.max}`;
    case "text":
      return shape.format.wanted;
    case "choice":
      return shape.choices.length === 1
        ? `"${shape.choices[0]}"`
        : `one of ${shape.choices.map((word) => `"${word}"`).join(", ")}`;
    case "list":
      return shape.items.kind === "group"
        ? `a list of entries with ${wantedText(shape.items)}`
        : `a list, each ${wantedText(shape.items)}`;
    case "group":
      return `keys such as ${Object.keys(shape.keys).slice(0, 3).join(", ")}`;
    case "text_or_group":
      return `${shape.format.wanted}, or keys such as ${
        Object.keys(shape.keys).slice(0, 3).join(", ")
      }`;
  }
}
