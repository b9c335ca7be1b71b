/**
 * One caller and one origin that talk through the edge in memory. The origin answers with the same octets whenever a
 * request is whole; what the caller has sent is told before what the origin answers, so that only the pieces differ.
 */
import { IN_TURN, type Order } from "../edge/fake_driver.ts";
import type { Fate } from "../edge/fake_socket.ts";
import type { FarEnd } from "../edge/far_end.ts";
import { EdgeWorld } from "../edge/edge_world.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { SEPARATOR } from "./conversations.ts";
import { oracleBody, oracleRequest } from "./oracle.ts";

const USUAL_RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/** Small, so that inputs of the fuzzer get past it. */
const BODY_BYTES_MAX = 300;
const PEEK_BYTES = 64;

/** What is said, and whether the origin ends the connection after each answer. */
export interface Conversation {
  readonly request: string;
  readonly response: string;
  readonly originEnds: boolean;
}

/** A request as the origin saw it. */
export interface OriginRequest {
  readonly id: string;
  readonly method: string;
  readonly body: string;
}

/** What came of it. */
export interface Transcript {
  readonly caller: string;
  readonly callerFate: Fate;
  /** What each connection to an origin brought, oldest first. */
  readonly origins: readonly string[];
  readonly requests: readonly OriginRequest[];
  /** Whether the origin was not understood. */
  readonly isMalformed: boolean;
  /** What is not as it should be whatever was said. */
  readonly problem: string | undefined;
}

/** Something that may happen after each event. */
export type Disturb = (caller: FarEnd, origins: readonly FarEnd[]) => void;

/** The conversation that an input stands for. */
export function conversationOf(
  input: Uint8Array,
  originEnds: boolean,
): Conversation {
  const text = textOf(input, 0, input.length);
  const at = text.indexOf(SEPARATOR);
  return at === -1 ? { request: text, response: USUAL_RESPONSE, originEnds } : {
    request: text.slice(0, at),
    response: text.slice(at + SEPARATOR.length),
    originEnds,
  };
}

/** Lets them talk until nothing follows and everybody has lost patience. */
export function play(
  conversation: Conversation,
  order: Partial<Order>,
  disturb: Disturb = () => {},
): Transcript {
  using world = new EdgeWorld({
    settings: {
      bodyBytesMax: BODY_BYTES_MAX,
      tierPeekBytes: PEEK_BYTES,
      trustedProxies: ["192.0.2.0/24"],
    },
  });
  const requests: OriginRequest[] = [];
  const origins: FarEnd[] = [];
  world.onConnection = (far) => {
    origins.push(far);
    answerAll(far, conversation, requests);
  };
  const caller = world.call();
  world.driver.order = { ...IN_TURN, ...order };
  world.driver.onStep = () => disturb(caller, origins);
  world.say(caller, octetsOf(conversation.request));
  const isOver = world.wearOut();
  return {
    caller: caller.received,
    callerFate: caller.fate,
    origins: origins.map((far) => far.received),
    requests,
    isMalformed: world.logger.messages("warn").length > 0,
    problem: isOver ? remainder(world) : "It never ends",
  };
}

function remainder({ balancer, edge, driver }: EdgeWorld): string | undefined {
  if (driver.violations.length > 0) return driver.violations.join();
  const { leaseCount } = balancer;
  const { inFlight } = edge.load;
  return leaseCount === 0 && inFlight === 0
    ? undefined
    : `${leaseCount} holds and ${inFlight} requests are left`;
}

/** Answers each request once it is whole. */
function answerAll(
  far: FarEnd,
  { response, originEnds }: Conversation,
  requests: OriginRequest[],
): void {
  let at = 0;
  far.onReceived = () => {
    for (;;) {
      const text = far.received.slice(at);
      const head = oracleRequest(text);
      const body = head && oracleBody(text.slice(head.end), head);
      if (head === undefined || body === undefined) return;
      const fields = text.slice(0, head.end);
      const id = /\r\nX-Request-ID: (.*)\r\n/.exec(fields)?.[1] ?? "";
      requests.push({ id, method: head.method, body: body.data });
      at += head.end + body.end;
      far.send(response);
      if (originEnds) far.end();
    }
  };
}
