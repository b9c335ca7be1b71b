/** Refusals on the API's page: those that many operations share once, the rest with each operation. */
import { type Html, markup } from "./docs_html.ts";
import type { ListedProblem, OpenApi, Operation } from "./openapi_types.ts";

/** The refusals of a document. */
export class Refusals {
  readonly #document: OpenApi;
  readonly #byAll: ReadonlySet<string>;
  readonly #byKeys: ReadonlySet<string>;
  readonly #byBodies: ReadonlySet<string>;

  constructor(document: OpenApi) {
    this.#document = document;
    const all = Object.values(document.paths).flatMap((item) =>
      Object.values(item)
    );
    const shared = (operations: readonly Operation[]) =>
      new Set(this.#sharedBy(operations));
    this.#byAll = shared(all);
    this.#byKeys = shared(all.filter(({ security }) => security.length > 0))
      .difference(this.#byAll);
    this.#byBodies = shared(
      all.filter(({ requestBody }) => requestBody !== undefined),
    ).difference(this.#byAll);
  }

  /** What needs no word with each operation. */
  usual(): Html {
    return markup`
      <ul>
        <li>Every operation may refuse with ${links(this.#byAll)}</li>
        <li>those that need a key also with ${links(this.#byKeys)}</li>
        <li>those that read a body also with ${links(this.#byBodies)}</li>
      </ul>
    `;
  }

  /** The rest; nothing where there is no more. */
  of(operation: Operation): Html | undefined {
    const isUsual = (code: string) =>
      this.#byAll.has(code) ||
      operation.security.length > 0 && this.#byKeys.has(code) ||
      operation.requestBody !== undefined && this.#byBodies.has(code);
    const own = this.#codesOf(operation).filter((code) => !isUsual(code));
    return own.length === 0
      ? undefined
      : markup`<p>Refuses with ${links(own)}</p>`;
  }

  /** The table that all of them lead to. */
  table(): Html {
    return markup`
      <div>
        <table>
          <thead>
            <tr><th>Status<th>Code<th>Title
          <tbody>${this.#document["x-problems"].map(row)}
        </table>
      </div>
    `;
  }

  #sharedBy(operations: readonly Operation[]): readonly string[] {
    const [first, ...others] = operations;
    if (first === undefined) return [];
    const codes = others.map((one) => this.#codesOf(one));
    return this.#codesOf(first).filter((code) =>
      codes.every((list) => list.includes(code))
    );
  }

  #codesOf({ responses }: Operation): readonly string[] {
    return Object.values(responses).flatMap(({ $ref = "" }) => {
      const name = $ref.replace("#/components/responses/", "");
      const content = this.#document.components.responses[name]?.content ?? {};
      return Object.values(content).flatMap(({ examples = {} }) =>
        Object.keys(examples)
      );
    });
  }
}

function links(codes: Iterable<string>): readonly Html[] {
  return [...codes].map((code, index) =>
    markup`${index === 0 ? "" : ", "}<a href="#problem-${code}">${code}</a>`
  );
}

function row({ status, code, title }: ListedProblem): Html {
  return markup`
    <tr id="problem-${code}">
      <td>${status}
      <td><code>${code}</code>
      <td>${title}`;
}
