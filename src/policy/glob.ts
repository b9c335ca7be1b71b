/** Patterns with "*" for any characters and "?" for one, as people write them for names. */

/**
 * Whether the whole text matches the pattern, in any case of letters. Takes at most text × pattern steps, whatever the
 * pattern: a star that matched too little is only ever retried for the last one.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  const letters = text.toLowerCase();
  const wanted = pattern.toLowerCase();
  let at = 0;
  let next = 0;
  let star = -1;
  let retryFrom = 0;
  while (at < letters.length) {
    const want = wanted[next];
    if (want === "*") {
      star = next++;
      retryFrom = at;
    } else if (want === "?" || want === letters[at]) {
      at++;
      next++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++retryFrom;
    } else return false;
  }
  while (wanted[next] === "*") next++;
  return next === wanted.length;
}
