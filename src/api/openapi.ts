/**
 * `/_opsen/openapi.json` and `/_opsen/docs`: what this server answers, for programs and for people. Both are made when
 * they are first asked for and kept, so that a server that nobody asks holds nothing of them.
 */
import type { ApiDeps } from "./api_deps.ts";
import type { ApiFields, Call, Content, Endpoint } from "./endpoint.ts";

/** Stands in the texts where the server's own address goes. */
export const ORIGIN_MARK = "{origin}";

/** The two endpoints; `endpoints` names all of the API, these among them. */
export function openApi(
  { settings }: ApiDeps,
  endpoints: () => readonly Endpoint[],
): readonly Endpoint[] {
  const document = once(async () => {
    const { documentOf } = await import("./openapi_document.ts");
    return documentOf(endpoints(), settings.stickyHeader);
  });
  const json = once(async () => JSON.stringify(await document()));
  const page = once(async () => {
    const { docsPage } = await import("./docs_page.ts");
    return docsPage(await document());
  });
  return [
    {
      path: "/_opsen/openapi.json",
      methods: ["GET"],
      access: "allowed_address",
      handle: async (call) =>
        content(await json(), call, { "content-type": "application/json" }),
    },
    {
      path: "/_opsen/docs",
      methods: ["GET"],
      access: "allowed_address",
      handle: async (call) => {
        const { html, policy } = await page();
        return content(html, call, {
          "content-type": "text/html; charset=utf-8",
          "content-security-policy": policy,
        });
      },
    },
  ];
}

/** What is made at the first call is the answer to all. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => made ??= make();
}

function content(
  text: string,
  { request }: Call,
  fields: Readonly<Record<string, string>>,
): Content {
  return {
    kind: "content",
    fields: { ...fields, ...FIELDS },
    body: text.replaceAll(ORIGIN_MARK, originOf(request.headers)),
  };
}

/** Another version of the program answers otherwise. */
const FIELDS = {
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

/** The address under which the caller sees this server; empty when its Host is none. The front door says the scheme. */
function originOf(fields: ApiFields): string {
  const host = fields.get("host") ?? "";
  if (!/^[\w.:[\]-]{1,255}$/.test(host)) return "";
  const isSecure = fields.get("x-forwarded-proto") === "https";
  return `${isSecure ? "https" : "http"}://${host}`;
}
