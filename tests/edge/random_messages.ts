/** Requests and responses made by chance, whose bodies tell whose they are and where in them one is. */
import type { Chance } from "../fuzz/chance.ts";

/** A request as a caller sends it. */
export interface SentRequest {
  readonly id: number;
  readonly method: string;
  readonly minor: 0 | 1;
  readonly body: string;
  readonly text: string;
  readonly wantsUpgrade: boolean;
}

/** A response as an origin sends it, and what it does then. */
export interface SentResponse {
  readonly text: string;
  readonly then: "wait" | "end" | "reset";
}

/** Octets of which each run says whose it is and where it stood. */
export function pattern(id: string, length: number): string {
  let text = "";
  while (text.length < length) text += `${id}@${text.length};`;
  return text.slice(0, length);
}

/** The body of every response to a request, of which some leave out the end. */
export function answerTo(id: number): string {
  return pattern(`a${id}`, id % 7 === 0 ? 20_000 : (id * 37) % 900);
}

/** A request of any kind; changes of protocol only when they may stand here. */
export function randomRequest(
  id: number,
  isLast: boolean,
  chance: Chance,
): SentRequest {
  const draw = chance.below(isLast ? 12 : 10);
  const body = draw < 4 ? "" : bodyOf(id, chance);
  const wishes = wishesOf(chance);
  const start = (method: string, minor: 0 | 1, fields: string, rest = "") => ({
    id,
    method,
    minor,
    body: rest === "" ? "" : body,
    text:
      `${method} /r${id} HTTP/1.${minor}\r\nHost: a\r\n${fields}${wishes}\r\n${rest}`,
    wantsUpgrade: fields.includes("Upgrade"),
  });
  switch (draw) {
    case 0:
    case 1:
    case 2:
      return start("GET", 1, "");
    case 3:
      return start("HEAD", 1, "");
    case 4:
    case 5:
      return start("POST", 1, `Content-Length: ${body.length}\r\n`, body);
    case 6:
      return start(
        "PUT",
        1,
        "Transfer-Encoding: chunked\r\nContent-Type: image/png\r\n",
        chunked(body, chance),
      );
    case 7:
      return start(
        "POST",
        1,
        `Content-Type: image/png\r\nContent-Length: ${body.length}\r\n`,
        body,
      );
    case 8:
      return start("DELETE", 1, "");
    case 9:
      return start("GET", 0, "Connection: keep-alive\r\n");
    case 10:
      return start("GET", 0, "");
    default:
      return start("GET", 1, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
  }
}

/** Some belong to one of a few sessions, some want a card for themselves. */
function wishesOf(chance: Chance): string {
  const session = chance.below(4) > 0
    ? ""
    : `X-Session: s${chance.below(3)}\r\n`;
  const tier = chance.below(4) > 0 ? "" : "X-Tier: card\r\n";
  return session + tier;
}

/** An answer to a request, good or bad. */
export function randomResponse(
  { id, method }: Pick<SentRequest, "id" | "method">,
  wantsUpgrade: boolean,
  chance: Chance,
): SentResponse {
  const body = method === "HEAD" ? "" : answerTo(id);
  const length = `Content-Length: ${answerTo(id).length}\r\n`;
  const start = (status: string, fields: string) =>
    `HTTP/1.1 ${status}\r\nX-Id: ${id}\r\n${fields}\r\n`;
  if (wantsUpgrade && chance.below(4) > 0) {
    const fields = "Connection: upgrade\r\nUpgrade: websocket\r\n";
    return wait(`${start("101 Switching", fields)}${answerTo(id)}`);
  }
  switch (chance.below(20)) {
    case 0:
    case 1:
    case 2:
      return wait(
        start("200 OK", "Transfer-Encoding: chunked\r\n") +
          (method === "HEAD" ? "" : chunked(body, chance)),
      );
    case 3:
      return { text: start("200 OK", "") + body, then: "end" };
    case 4:
      return wait(start("204 No Content", ""));
    case 5:
      return wait(start("304 Not Modified", length));
    case 6:
      return wait(
        `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${
          start("200 OK", length)
        }${body}`,
      );
    case 7:
      return wait(
        `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: x\r\n\r\n`,
      );
    case 8:
      return {
        text: start("200 OK", length) + body.slice(0, body.length >> 1),
        then: chance.below(2) === 0 ? "end" : "reset",
      };
    case 9:
      return wait("");
    case 10:
      return { text: "", then: "end" };
    case 11:
      return { text: "", then: "reset" };
    case 12:
      return {
        text: start("200 OK", `Connection: close\r\n${length}`) + body,
        then: "end",
      };
    case 13:
      return { text: start("200 OK", length) + body, then: "end" };
    default:
      return wait(start("200 OK", length) + body);
  }
}

function wait(text: string): SentResponse {
  return { text, then: "wait" };
}

function bodyOf(id: number, chance: Chance): string {
  const length = chance.below(8) === 0 ? 30_000 : 1 + chance.below(600);
  return pattern(`q${id}`, length);
}

function chunked(body: string, chance: Chance): string {
  let text = "";
  for (let at = 0; at < body.length;) {
    const size = Math.min(body.length - at, 1 + chance.below(5_000));
    text += `${size.toString(16)}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}0\r\n\r\n`;
}
