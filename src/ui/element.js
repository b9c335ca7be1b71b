/** Makes elements. What comes from the network is only ever text: nothing here reads HTML. */

/** @typedef {Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>} Traits */
/** @typedef {Node | string | undefined | false} Child */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element. A trait that is a function listens to the event of its name; true, false and undefined set and omit.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Traits} [traits]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, traits = {}, ...children) {
  return filled(document.createElement(tag), traits, children);
}

/**
 * An SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Traits} [traits]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, traits = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), traits, children);
}

/**
 * Sets text, but only when it is another one: most of what a tick brings is as before.
 *
 * @param {Element | null} element
 * @param {string} text
 */
export function say(element, text) {
  if (element !== null && element.textContent !== text) {
    element.textContent = text;
  }
}

/**
 * Sets an attribute, but only when it is another one; undefined takes it away.
 *
 * @param {Element} element
 * @param {string} name
 * @param {string | undefined} value
 */
export function mark(element, name, value) {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

/**
 * An element of the page, which `index.html` has.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot find "#${id}" in the page`);
  return found;
}

/**
 * @template {Element} Kind
 * @param {Kind} element
 * @param {Traits} traits
 * @param {readonly Child[]} children
 * @returns {Kind}
 */
function filled(element, traits, children) {
  for (const [name, value] of Object.entries(traits)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) {
      element.setAttribute(name, `${value}`);
    }
  }
  for (const child of children) {
    if (child !== undefined && child !== false) element.append(child);
  }
  return element;
}
