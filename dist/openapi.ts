/** Writes dist/openapi.json, what the server answers at /_opsen/openapi.json: `deno task openapi`. */
import { DocComments } from "./openapi/doc_comments.ts";
import { openApi } from "./openapi/document.ts";

/** Where it stands. */
export const OPENAPI = new URL("openapi.json", import.meta.url);

const WIRE = new URL("../src/wire/", import.meta.url);

/** The document as it should be, as text. */
export async function openApiText(): Promise<string> {
  const document = openApi(await wireComments());
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** What is said of fields beside the schemas. */
export async function wireComments(): Promise<DocComments> {
  const comments = new DocComments();
  const names = (await Array.fromAsync(Deno.readDir(WIRE)))
    .map(({ name }) => name).sort();
  for (const name of names) {
    comments.add(name, await Deno.readTextFile(new URL(name, WIRE)));
  }
  return comments;
}

if (import.meta.main) await Deno.writeTextFile(OPENAPI, await openApiText());
