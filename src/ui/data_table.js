/** Tables that people read, with figures at their right. */
import { el } from "./element.js";

/**
 * @param {string} caption
 * @param {readonly string[]} heads
 * @param {HTMLTableSectionElement} body
 * @param {number} firstNumber the column from which on there are figures
 */
export function dataTable(caption, heads, body, firstNumber) {
  return el(
    "table",
    { class: "plain" },
    el("caption", {}, caption),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ...heads.map((head, index) =>
          el("th", {
            scope: "col",
            class: index >= firstNumber ? "number" : "",
          }, head)
        ),
      ),
    ),
    body,
  );
}
