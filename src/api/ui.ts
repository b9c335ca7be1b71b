/** `/_opsen/ui`: the dashboard's files, which hold no data, signing in and out, and the live feed. */
import { Buffer } from "node:buffer";
import { mayDo, type Principal } from "../policy/principal.ts";
import { type LoginBody, loginBody, type UiSession } from "../wire/ui_login.ts";
import type { ApiDeps } from "./api_deps.ts";
import type { ClaimWatch } from "./claims.ts";
import {
  answer,
  type Call,
  type Content,
  type Endpoint,
  type Outcome,
} from "./endpoint.ts";
import { jsonHandler } from "./json_handler.ts";
import { admissionOfKey } from "./key_ring.ts";
import { parametersOf, pathOf } from "./path_pattern.ts";
import { problem } from "./problems.ts";
import { isNotForeign, sessionCookie, sessionIdOf } from "./ui_cookie.ts";
import type { UiParts } from "./ui_parts.ts";

const PAGE = "/_opsen/ui";
const FOLDER = `${PAGE}/`;
const FILE = `${PAGE}/:file`;

/** The dashboard; nothing where it is switched off. */
export function ui(deps: ApiDeps, claims: ClaimWatch): readonly Endpoint[] {
  const { ui } = deps;
  if (ui === undefined) return [];
  ui.feed.configure({ ...deps, claims });
  return [
    {
      path: PAGE,
      methods: ["GET"],
      access: "allowed_address",
      handle: (call) => file(ui, "index.html", call),
    },
    {
      path: `${PAGE}/feed`,
      methods: ["GET"],
      access: "read",
      handle: (call) => ui.feed.open(call),
    },
    {
      path: `${PAGE}/session`,
      methods: ["GET"],
      access: "read",
      handle: ({ principal }) => answer(sessionOf(principal)),
    },
    {
      path: `${PAGE}/login`,
      methods: ["POST"],
      access: "allowed_address",
      action: "ui.login",
      handle: jsonHandler(
        loginBody,
        deps.settings,
        (body, call) => login(deps, ui, body, call),
      ),
    },
    {
      path: `${PAGE}/logout`,
      methods: ["POST"],
      access: "allowed_address",
      handle: (call) => logout(ui, call),
    },
    {
      path: FILE,
      methods: ["GET"],
      access: "allowed_address",
      handle: (call) => {
        const path = pathOf(call.request.url);
        if (path === FOLDER) return TO_PAGE;
        return file(ui, parametersOf(FILE, path)?.file ?? "", call);
      },
    },
  ];
}

/** A page that anybody may load, and that nobody may frame, feed scripts to or have send anything elsewhere. */
const PAGE_FIELDS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // The names of the files stay when the program is another one: browsers ask each time, and are told that nothing is new.
  "cache-control": "no-cache",
} as const;

/** What people type who think of a folder; the page names its files from the root. */
const TO_PAGE: Content = {
  kind: "content",
  status: 308,
  fields: { location: PAGE },
  body: null,
};

/** Browsers ask for the icon anew with every step in the page; one of yesterday hurts nobody. */
const ICON_AGE_S = 86_400;

async function file(
  { files }: UiParts,
  name: string,
  { request }: Call,
): Promise<Outcome> {
  const found = await files.file(name);
  if (found === undefined) {
    return problem("unknown_path", "404 page not found");
  }
  const { etag, type, text } = found;
  const fields = {
    ...PAGE_FIELDS,
    etag,
    ...(type.startsWith("image/") &&
      { "cache-control": `max-age=${ICON_AGE_S}` }),
  };
  const isKnown = (request.headers.get("if-none-match") ?? "").split(",")
    .some((known) => known.trim().replace(/^W\//, "") === etag);
  return isKnown ? { kind: "content", status: 304, fields, body: null } : {
    kind: "content",
    fields: { ...fields, "content-type": type },
    body: text,
  };
}

function sessionOf(principal: Principal | undefined): UiSession {
  return principal === undefined ? { open: true, may_change: true } : {
    open: false,
    key_name: principal.name,
    may_change: mayDo(principal, "admin"),
  };
}

/** Trades a key for a session. */
function login(
  { keys, clock }: ApiDeps,
  { sessions }: UiParts,
  { key }: LoginBody,
  { request: { headers } }: Call,
): Outcome {
  if (!isNotForeign(headers)) return foreign();
  if (keys.isOpen) return answer(sessionOf(undefined));
  const shown = Buffer.from(key, "utf8").toString("latin1");
  const admission = admissionOfKey(keys, shown, "read");
  const actor = admission.principal?.name;
  const audited = { ...(actor !== undefined && { actor }) };
  if (admission.kind === "turned_away") {
    return { ...admission.problem, audited };
  }
  const host = headers.get("host") ?? "";
  const id = sessions.begin(shown, host, clock.monotonicMs());
  const body = JSON.stringify(sessionOf(admission.principal));
  return { ...withCookie(id, headers, body), audited };
}

/** Ends the session of the cookie, whoever's it is: to know its id is enough. */
function logout({ sessions }: UiParts, { request }: Call): Outcome {
  const { headers } = request;
  if (!isNotForeign(headers)) return foreign();
  const id = sessionIdOf(headers);
  if (id !== undefined) sessions.end(id);
  return withCookie("", headers, '{"status":"signed out"}');
}

function withCookie(
  id: string,
  headers: Call["request"]["headers"],
  body: string,
): Content {
  return {
    kind: "content",
    fields: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "set-cookie": sessionCookie(id, headers),
    },
    body,
  };
}

function foreign(): Outcome {
  const detail = "Only a page of this server may sign in and out";
  return problem("cross_site", detail);
}
