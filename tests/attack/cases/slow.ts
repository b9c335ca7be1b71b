/** Callers who hold the server up by being slow, or by being there. */
import { missingTools } from "../../tools.ts";
import { type AttackKind, expect, NotTried } from "../case.ts";
import { ask, open, say, statuses, told } from "../say.ts";
import { measureCrowd } from "../slow_crowd.ts";
import { type AttackStage, OWNER_KEY } from "../stage.ts";

const HURRIED = {
  read_header_timeout_seconds: 1,
  request_timeout_seconds: 1,
  write_stall_seconds: 1,
  idle_timeout_seconds: 2,
};
const CALLERS = 30;
const STEP_MS = 100;
/** Far beyond the time-outs above, on a machine that is busy with other things. */
const STEPS_MAX = 200;
/** What readers that take nothing may cost, though each has asked for 64 MiB. */
const MEMORY_BYTES = 100_000_000;
/** Part of their throughput that normal callers keep beside {@link CROWD} slow ones. */
const SHARE_MIN = 0.8;
const CROWD = 2_000;
const CROWD_SECONDS = 3;
/** What else the machine does may spoil a round. */
const CROWD_ROUNDS = 2;

/** All about slowness. */
export const SLOW: AttackKind = {
  kind: "slow callers",
  cases: [
    {
      name: `${CALLERS} heads that come letter by letter`,
      expects:
        "408 or the end of each while letters still come (read_header_timeout)",
      isQuick: true,
      run: (stage) =>
        endsDribbles(stage, "GET /x HTTP/1.1\r\nHost: a\r\nX-A: "),
    },
    {
      name:
        `${CALLERS} connections that say nothing, or an empty line now and then`,
      expects: "the end of each",
      run: (stage) => endsDribbles(stage, "", "\r\n"),
    },
    ...["/register", "/route"].map((path) => ({
      name: `${CALLERS} bodies to ${path} that come letter by letter`,
      expects: "408 or the end of each while letters still come",
      run: (stage: AttackStage) =>
        endsDribbles(
          stage,
          `POST ${path} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${OWNER_KEY}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`,
        ),
    })),
    {
      name: `${CALLERS} readers that take nothing of 64 MiB each`,
      expects:
        "the end of each (write_stall), bounded memory, and service meanwhile",
      run: endsStalledReaders,
    },
    {
      name: "idle sockets on all places (max_connections 100)",
      expects: "that newcomers are served: those idle for long give way",
      run: servesNewcomers,
    },
    {
      name: `${CROWD} hostile slow connections beside normal callers`,
      expects: `that they keep ${SHARE_MIN * 100} % of their throughput`,
      run: keepsThroughput,
    },
  ],
};

async function endsDribbles(
  stage: AttackStage,
  start: string,
  letter = "x",
): Promise<void> {
  const server = await stage.server(HURRIED);
  const left = await Promise.all(
    Array.from({ length: CALLERS }, () => dribble(server.port, start, letter)),
  );
  const whole = left.filter((status) => status === "still open").length;
  expect(whole === 0, () => `${whole} of ${CALLERS} still open`);
  expect(
    left.every((status) => status === "" || status === "408"),
    () => `${left}`,
  );
  await server.isWell();
}

/** The status of what came before the end, empty for none. */
async function dribble(
  port: number,
  start: string,
  letter: string,
): Promise<string> {
  const socket = await open(port);
  let heard = "";
  let isOver = false;
  socket.on("data", (piece: Uint8Array) => {
    heard += new TextDecoder().decode(piece);
  });
  for (const event of ["end", "close"]) socket.on(event, () => isOver = true);
  socket.write(start);
  for (let step = 0; step < STEPS_MAX && !isOver; step++) {
    await pause(STEP_MS);
    if (!isOver && step % 5 === 0) socket.write(letter);
  }
  socket.destroy();
  return isOver ? heard.split(" ")[1] ?? "" : "still open";
}

async function endsStalledReaders(stage: AttackStage): Promise<void> {
  const server = await stage.server(HURRIED);
  const before = server.memoryBytes();
  const readers = await Promise.all(
    Array.from({ length: CALLERS }, () => Deno.connect({ port: server.port })),
  );
  const request = new TextEncoder().encode(
    "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
  );
  for (const reader of readers) await reader.write(request);
  let most = 0;
  for (let step = 0; step < 20; step++) {
    await pause(STEP_MS);
    most = Math.max(most, server.memoryBytes() - before);
  }
  await server.isWell();
  expect(most < MEMORY_BYTES, () => `${most} octets more memory`);
  await pause(2_000);
  for (const reader of readers) {
    const taken = await rest(reader);
    // What is left in the sockets of both ends; a reader who was let go on would get all 64 MiB.
    expect(taken < 32 * 1024 * 1024, () => `${taken} octets after the stall`);
  }
}

/** Octets that come until the end. */
async function rest(connection: Deno.Conn): Promise<number> {
  const buffer = new Uint8Array(65_536);
  let taken = 0;
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return taken;
      taken += count;
    }
  } catch {
    return taken;
  } finally {
    connection.close();
  }
}

async function servesNewcomers(stage: AttackStage): Promise<void> {
  const server = await stage.server({ max_connections: 100 });
  const idle = await Promise.all(
    Array.from({ length: 100 }, () => open(server.port)),
  );
  try {
    // Nobody gives way who was idle for less than a second.
    await pause(1_500);
    for (let i = 0; i < 50; i++) {
      const heard = await say(server.port, ask("GET /x"));
      expect(statuses(heard).join() === "200", () => told(heard));
    }
  } finally {
    for (const socket of idle) socket.destroy();
  }
}

async function keepsThroughput(): Promise<void> {
  const missing = missingTools(["wrk", "nginx"]);
  if (missing.length > 0) throw new NotTried(`needs ${missing.join(" and ")}`);
  const seen: string[] = [];
  for (let round = 0; round < CROWD_ROUNDS; round++) {
    const { alone, crowded, ownShare, present } = await measureCrowd(
      "epoll",
      CROWD,
      CROWD_SECONDS,
    );
    // The crowd takes from the callers' share of the machine, too.
    const share = Math.max(crowded / alone, ownShare);
    if (share >= SHARE_MIN && present > CROWD / 2) return;
    seen.push(`${Math.round(share * 100)} % beside ${present}`);
  }
  throw new Error(`Saw ${seen.join(", then ")}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
