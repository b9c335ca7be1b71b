/** Origins as browsers write them. */

/** In lower case, without the port that the scheme has anyway (WHATWG Fetch, section 3.2). */
export function originText(origin: string): string {
  return origin.toLowerCase()
    .replace(/^(http:.*):80$/, "$1")
    .replace(/^(https:.*):443$/, "$1");
}
