/**
 * What a client reads of the answer to a message that was taken. Without the schema library, because a client has little
 * memory to spend; the answer of a Go server says none of it.
 */

/** What the server says of this client. */
export interface Said {
  /** Whether it drains and nothing is left on it. */
  readonly isDrained: boolean;
  /** That another machine uses the same id, in words for people; undefined when none does. */
  readonly conflict: string | undefined;
}

/** Characters of the words about another machine that are repeated in the log. */
const CONFLICT_CHARS_MAX = 600;

/** Reads the JSON of an answer; what can't be understood says nothing. */
export function saidOf(text: string): Said {
  const { drained, conflict } = fieldsOf(text);
  return {
    isDrained: drained === true,
    conflict: typeof conflict === "string" ? plain(conflict) : undefined,
  };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Without what steers a terminal. */
function plain(text: string): string {
  return text.slice(0, CONFLICT_CHARS_MAX).replaceAll(/[\p{Cc}\p{Cf}]/gu, "");
}
