/** What one path of the API is: who may call it, how, and what answers. */
import type { Principal, Scope } from "../policy/principal.ts";
import type { ToldDecision } from "../traffic_ports.ts";
import type { Problem } from "./problems.ts";

/** One path with the methods it answers. */
export interface Endpoint {
  /** The exact path, or a pattern: a segment such as `:id` stands for any one. */
  readonly path: string;
  /** Methods; GET answers HEAD too. */
  readonly methods: readonly Method[];
  /** Who may call it; a function where that depends on the request. */
  readonly access: Access | ((request: ApiRequest) => Access);
  /** What calls of it are in the audit trail, such as `backend.drain`; absent for what changes nothing of note. */
  readonly action?: string;
  /** Answers one call. */
  readonly handle: Handler;
}

/** The methods that the API knows. */
export type Method = "GET" | "POST" | "DELETE";

/** Who may call: anyone whose address is not blocked; callers from allowed addresses; of those who hold such a key. */
export type Access = "anyone" | "allowed_address" | Scope;

/** One request to an endpoint. */
export interface Call {
  readonly request: ApiRequest;
  readonly body: CallBody;
  readonly connection: Connection;
  readonly requestId: string;
  /** Who calls; undefined where everything is open, or anyone may call. */
  readonly principal?: Principal;
  /**
   * Why the caller may no longer call, asked again after a wait: its key may have been taken back while its body came.
   * Absent where the body was here from the start.
   */
  readonly lateRefusal?: () => Problem | undefined;
}

/** What an endpoint looks at of a request beside its body; a `Request` is one. */
export interface ApiRequest {
  readonly method: string;
  /** The whole URL or, where only the path is known, that. */
  readonly url: string;
  readonly headers: ApiFields;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/** Header fields by their names in any case; `Headers` are such. */
export type ApiFields = Pick<Headers, "get">;

/** The body, which is here already and may be gone after the call, or has yet to be read. */
export type CallBody = Uint8Array | Request;

/** What is known of the connection; the shape of `Deno.ServeHandlerInfo`. */
export interface Connection {
  /** Where the caller is; read only when needed, as it costs a call into the runtime. */
  readonly remoteAddr?: Deno.Addr;
  /** Id that the request came with from our own front door; one is made when absent. */
  readonly requestId?: string;
}

/** What a handler says: an answer with status 200, something other than JSON, or a refusal. */
export type Outcome = Answer | Content | Problem;

/** An answer that is no JSON of ours: a page, text, a stream, or nothing but fields. */
export interface Content {
  readonly kind: "content";
  /** 200 when absent. */
  readonly status?: number;
  /** Names in lower case; `x-request-id` is added. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body:
    | string
    | Uint8Array<ArrayBuffer>
    | ReadableStream<Uint8Array>
    | null;
  /** What the audit trail says of it. */
  readonly audited?: Audited;
}

/** An answer with status 200. */
export interface Answer {
  readonly kind: "answer";
  /** The JSON of the answer. */
  readonly body: object;
  /** Fields beside the usual ones, names in lower case. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What was decided, for the access log. */
  readonly decision?: ToldDecision;
  /** What the audit trail says of it. */
  readonly audited?: Audited;
}

/** What a handler says for the audit trail; of a call of which it says nothing, the path and the key do. */
export interface Audited {
  /** Who acted; absent for whoever showed the key. */
  readonly actor?: string;
  /** What was acted on; absent for the parameter of the path. */
  readonly target?: string;
}

/** Answers a call. */
export type Handler = (call: Call) => Outcome | Promise<Outcome>;

/** An answer with status 200 and this JSON. */
export function answer(body: object, audited?: Audited): Answer {
  return audited === undefined
    ? { kind: "answer", body }
    : { kind: "answer", body, audited };
}

/** The caller's address, or empty when the connection has none (a unix socket). */
export function callerIp({ remoteAddr }: Connection): string {
  return remoteAddr !== undefined && "hostname" in remoteAddr
    ? remoteAddr.hostname
    : "";
}
