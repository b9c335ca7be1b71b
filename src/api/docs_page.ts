/** The API's document as one page of HTML: without scripts, nothing loaded from anywhere, made once. */
import { hash } from "node:crypto";
import { type Html, markup, prose } from "./docs_html.ts";
import { operation } from "./docs_operation.ts";
import { Refusals } from "./docs_refusals.ts";
import { REQUIRED, Shapes } from "./docs_shapes.ts";
import { DOCS_STYLE } from "./docs_style.ts";
import type { OpenApi, PlacedOperation } from "./openapi_types.ts";

/** The page and what a browser may do with it. */
export interface DocsPage {
  readonly html: string;
  /** A Content-Security-Policy that allows the page's own style sheet and nothing else. */
  readonly policy: string;
}

/** Draws the page. */
export function docsPage(document: OpenApi): DocsPage {
  const style = hash("sha256", DOCS_STYLE, "base64");
  return {
    html: `<!doctype html>\n${page(document).text}\n`,
    policy:
      `default-src 'none'; style-src 'sha256-${style}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function page(document: OpenApi): Html {
  const { info } = document;
  const groups = groupsOf(document);
  const shapes = new Shapes(document);
  const refusals = new Refusals(document);
  return markup`
    <html lang="en">
    <head>
      <meta charset="utf-8">
      <title>${info.title} API</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <link rel="icon" href="data:,">
      <style>${DOCS_STYLE}</style>
    </head>
    <body>
      <a class="skip" href="#main">Skip to the operations</a>
      <nav aria-label="Operations">
        <p>${info.title} ${info.version}</p>
        ${groups.map(menu)}
        <p><a href="#shapes">Shapes</a></p>
        <p><a href="#problems">Refusals</a></p>
      </nav>
      <main id="main">
        <h1>${info.title} API</h1>
        <p>${prose(info.description)}</p>
        <p><a href="/_opsen/openapi.json">OpenAPI ${document.openapi}</a></p>
        <p>${REQUIRED} marks fields that are always there.</p>
        ${keys(document)}
        ${groups.map((one) => section(one, document, shapes, refusals))}
        <section aria-labelledby="shapes">
          <h2 id="shapes">Shapes</h2>
          <p>What several operations take or answer.</p>
          ${shapes.shared()}
        </section>
        <section aria-labelledby="problems">
          <h2 id="problems">Refusals</h2>
          ${refusals.usual()}
          ${refusals.table()}
        </section>
      </main>
    </body>
    </html>`;
}

function section(
  { name, description, operations }: Group,
  document: OpenApi,
  shapes: Shapes,
  refusals: Refusals,
): Html {
  return markup`
    <section aria-labelledby="tag-${name}">
      <h2 id="tag-${name}">${name}</h2>
      <p>${description}.</p>
      ${operations.map((one) => operation(one, document, shapes, refusals))}
    </section>`;
}

interface Group {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly PlacedOperation[];
}

function groupsOf({ tags, paths }: OpenApi): readonly Group[] {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    }))
  );
  return tags.map(({ name, description }) => ({
    name,
    description,
    operations: all.filter(({ operation }) => operation.tags.includes(name)),
  })).filter(({ operations }) => operations.length > 0);
}

function menu({ name, operations }: Group): Html {
  const links = operations.map(({ method, path, operation: { operationId } }) =>
    markup`
      <li><a href="#${operationId}"><small>${method}</small> ${path}</a></li>`
  );
  return markup`<p><a href="#tag-${name}">${name}</a></p><ul>${links}</ul>`;
}

function keys({ components: { securitySchemes } }: OpenApi): Html {
  const schemes = Object.values(securitySchemes).map(({ name, description }) =>
    markup`<li><code>${name ?? "Authorization"}</code>: ${
      prose(description ?? "")
    }</li>`
  );
  return markup`<ul>${schemes}</ul>`;
}
