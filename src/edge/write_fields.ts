/** Copies the fields of a head that go on, octet by octet as they came, in as few pieces as possible. */
import type { Fields } from "../http1/head.ts";
import type { OctetWriter } from "../http1/octet_writer.ts";

/** Appends the lines of all fields that are not dropped; `headEnd` is the position after the blank line. */
export function writeFields(
  writer: OctetWriter,
  bytes: Uint8Array,
  fields: Fields,
  headEnd: number,
): void {
  const { count } = fields;
  let i = 0;
  while (i < count) {
    if (fields.isDropped(i)) {
      i++;
      continue;
    }
    const start = fields.nameStart(i);
    do i++; while (i < count && !fields.isDropped(i));
    writer.copy(bytes, start, i < count ? fields.nameStart(i) : headEnd - 2);
  }
}
