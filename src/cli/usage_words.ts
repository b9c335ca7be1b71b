/** What the parser of command lines says, as it may be shown. */

/** Commander repeats surplus arguments; one of them may be the value of a key with a space in it. */
export function withoutValues(text: string): string {
  return text.replace(/(too many arguments.* but got \d+): .*/s, "$1\n");
}
