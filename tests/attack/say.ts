/** Says exactly this to a server, from any loopback address, and hears all that comes back. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Beyond anything that is waited for. */
const PATIENCE_MS = 10_000;

/** One answer. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** What came back. */
export interface Heard {
  readonly answers: readonly Answer[];
  /** Whether the server ended the connection; else it went on listening. */
  readonly isClosed: boolean;
}

/** How something is said. */
export interface Manner {
  /** Where the caller seems to be. */
  readonly from?: string;
  /** So many answers are waited for; more are heard when they come along. The end of the connection when absent. */
  readonly answers?: number;
  /** How long a silent server is listened to. */
  readonly patienceMs?: number;
}

/** Connects from an address. */
export async function open(port: number, from = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, localAddress: from });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Says it all at once and hears until the server closes, or until as many answers came as are wanted. */
export async function say(
  port: number,
  text: string | Uint8Array,
  { from, answers: wanted = Infinity, patienceMs = PATIENCE_MS }: Manner = {},
): Promise<Heard> {
  const socket = await open(port, from);
  let heard = "";
  let isClosed = false;
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(() => over.resolve(), patienceMs);
  socket.on("data", (piece: Uint8Array) => {
    heard += Buffer.from(piece).toString("latin1");
    if (answersIn(heard).length >= wanted) over.resolve();
  });
  socket.on("close", () => {
    isClosed = true;
    over.resolve();
  });
  socket.on("end", () => {
    isClosed = true;
    over.resolve();
  });
  socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text);
  await over.promise;
  clearTimeout(timer);
  socket.destroy();
  return { answers: answersIn(heard), isClosed };
}

/** A request that is the last of its connection; fields are whole lines. */
export function ask(
  start: string,
  fields: readonly string[] = [],
  body = "",
): string {
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  return [
    `${start} HTTP/1.1`,
    ...["Host: localhost", "Connection: close", ...fields, ...length, "", body],
  ].join("\r\n");
}

/** The statuses of what was heard. */
export function statuses({ answers }: Heard): readonly number[] {
  return answers.map(({ status }) => status);
}

/** The code of a problem body, empty for another. */
export function codeIn(answer: Answer | undefined): string {
  return /"code":"(\w+)"/.exec(answer?.body ?? "")?.[1] ?? "";
}

/** What was heard, in a few words. */
export function told({ answers, isClosed }: Heard): string {
  const words = answers.map((answer) =>
    `${answer.status} ${codeIn(answer) || JSON.stringify(answer.body)}`
      .slice(0, 200)
  );
  const end = isClosed ? "the end of the connection" : "an open connection";
  return [...words, end].join(", then ");
}

/** Answers that have a length, a chunked body, or none. */
function answersIn(heard: string): Answer[] {
  const answers: Answer[] = [];
  for (let rest = heard; rest !== "";) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd === -1) break;
    const head = rest.slice(0, headEnd);
    const bodyStart = headEnd + 4;
    const status = Number(head.split(" ")[1]);
    if (status === 100) {
      rest = rest.slice(bodyStart);
      continue;
    }
    const isChunked = /^transfer-encoding: chunked/im.test(head);
    const length = /^content-length: (\d+)/im.exec(head)?.[1];
    const end = isChunked
      ? rest.indexOf("0\r\n\r\n", bodyStart) + 5
      : bodyStart + Number(length ?? 0);
    if (end < bodyStart || end > rest.length) break;
    answers.push({ status, head, body: rest.slice(bodyStart, end) });
    rest = rest.slice(end);
  }
  return answers;
}
