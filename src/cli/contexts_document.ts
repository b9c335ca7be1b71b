/**
 * The text of `contexts.yml` with a change, and with what its owner wrote around it. Loaded when something is changed. The
 * parser is imported here at once: of a package that is imported later a bundle does not have the names.
 */
import { type Document, isScalar, parseDocument } from "yaml";

/** Makes a change. */
export type ContextsChange = (document: Document) => void;

/** The text as it is after the change. */
export function changedContexts(text: string, change: ContextsChange): string {
  const document = parseDocument(text, { stringKeys: true });
  // Nothing can be set in a null, which stands for what nobody has written yet.
  if (isScalar(document.contents)) document.contents = null;
  if (document.has("contexts") && document.get("contexts") === undefined) {
    document.delete("contexts");
  }
  change(document);
  return document.toString();
}
