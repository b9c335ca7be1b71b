/** Which session a request belongs to, when sessions are kept on their backend. */
import { SESSION_ID_CHARS_MAX } from "../wire/bounds.ts";
import { type ApiFields, callerIp, type Connection } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";

/** Where the id of a session comes from. */
export interface SessionSources {
  /** Name of the header; empty when there is none. */
  readonly stickyHeader: string;
  /** Whether an address stands for the session when the header is absent. */
  readonly stickyByIp: boolean;
}

/** What the id is, if there is one. */
export interface Session {
  readonly kind: "session";
  readonly stickyId: string | undefined;
}

/**
 * The session of a request: the configured header; without it, and if addresses count, the address of the session's
 * owner that the body names; without that, the caller's own. An empty header is no header.
 */
export function sessionOf(
  sources: SessionSources,
  headers: ApiFields,
  clientIp: string,
  connection: Connection,
): Session | Problem {
  const named = sources.stickyHeader === ""
    ? ""
    : headers.get(sources.stickyHeader) ?? "";
  if (named !== "") {
    return isSessionId(named)
      ? { kind: "session", stickyId: named }
      : invalid(sources.stickyHeader);
  }
  if (!sources.stickyByIp) return NO_SESSION;
  const ip = clientIp === "" ? callerIp(connection) : clientIp;
  return ip === "" ? NO_SESSION : { kind: "session", stickyId: ip };
}

const NO_SESSION: Session = { kind: "session", stickyId: undefined };

function isSessionId(value: string): boolean {
  return value.length <= SESSION_ID_CHARS_MAX && isPrintable(value);
}

/** Header fields hold one character per byte, so bytes above ASCII are parts of characters and none is a control. */
export function isPrintable(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code < SPACE || code === DELETE) return false;
  }
  return true;
}

const SPACE = 0x20;
const DELETE = 0x7f;

function invalid(header: string): Problem {
  const detail =
    `Invalid header "${header}": must be 1 to ${SESSION_ID_CHARS_MAX} characters without control characters`;
  return problem("invalid_sticky_id", detail);
}
