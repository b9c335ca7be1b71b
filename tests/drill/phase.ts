/** One phase of the drill: a stage, callers, and one fault after the other; what came of it. */
import { Chance } from "../fuzz/chance.ts";
import { Books, wrongMoves } from "./books.ts";
import { FAULTS, type PlannedFault } from "./fault_plan.ts";
import { checkLeases } from "./faults/server_faults.ts";
import { FAULT_DEEDS } from "./faults/faults.ts";
import type { FaultRecord, Sent } from "./records.ts";
import type { Scene } from "./scene.ts";
import { openStage, type PhaseKind, type Stage } from "./stage.ts";
import { Traffic } from "./traffic.ts";
import { lastRequestMs, SILENCE_MS_MAX, spareMsOf } from "./verdict.ts";

/** What a phase is told. */
export interface PhaseOptions {
  readonly kind: PhaseKind;
  readonly plan: readonly PlannedFault[];
  /** How long callers call at least. */
  readonly totalMs: number;
  readonly seed: number;
  readonly binary: string | undefined;
  /** Interrupts it. */
  readonly signal: AbortSignal;
  /** Says a line of progress. */
  say(line: string): void;
}

/** What was seen in a phase. */
export interface PhaseResult {
  readonly kind: PhaseKind;
  readonly startMs: number;
  /** When callers stopped. */
  readonly endMs: number;
  readonly sent: readonly Sent[];
  readonly notSent: number;
  /** How late this process's timers were at most. */
  readonly latenessMs: number;
  /** How far off its instants may be. */
  readonly spareMs: number;
  readonly faults: readonly FaultRecord[];
  readonly complaints: readonly string[];
  readonly sessions: number;
  readonly liveLeases: number;
  /** The server's lines that are no mere information, for whoever looks for the cause. */
  readonly warnings: readonly string[];
}

/** Time between two faults, also when the first took longer than planned. */
const REST_MS = 2_000;
/** Lines kept of a server's log. */
const WARNINGS_KEPT = 40;
/** Moves that are told one by one. */
const MOVES_TOLD = 5;

/** Runs a phase. */
export async function runPhase(options: PhaseOptions): Promise<PhaseResult> {
  const { kind, plan, totalMs, seed, binary, signal, say } = options;
  say(`${kind}: starting`);
  await using stage = await openStage(kind, binary, signal);
  const books = new Books();
  const { server: { url }, client } = stage;
  const traffic = new Traffic({ url, client, books, chance: new Chance(seed) });
  const complaints: string[] = [];
  const faults: FaultRecord[] = [];
  const startMs = performance.now();
  let endMs = startMs;
  const at = () => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  const complain = (text: string) => {
    complaints.push(text);
    say(`${kind} ${at()}: WRONG ${text}`);
  };
  const wait = (ms: number) => waitFor(ms, signal);
  traffic.start();
  try {
    for (const planned of plan) {
      const lastMs = faults.at(-1)?.restedMs ?? -Infinity;
      const atMs = Math.max(startMs + planned.atMs, lastMs + REST_MS);
      await wait(atMs - performance.now());
      await bringAbout(
        planned,
        {
          stage,
          books,
          faults,
          wait,
          complain,
          spareMs: () => spareMsOf(traffic.latenessMs),
        },
        (line) => say(`${kind} ${at()}: ${line}`),
      );
    }
    await wait(startMs + totalMs - performance.now());
  } catch (error) {
    for (const line of warningsOf(stage)) say(`server: ${line}`);
    throw error;
  } finally {
    endMs = performance.now();
    await traffic.stop();
  }
  await checkLeases({ stage, books, faults, complain }, "at the end");
  const spareMs = spareMsOf(traffic.latenessMs);
  for (const fault of faults) {
    judgeLastRequest(fault, traffic.sent, spareMs, complain);
  }
  tellMoves(books, faults, complain);
  for (const { id, backend } of books.wronglyRefused(faults)) {
    complain(`Lease "${id}" on "${backend}" is lost: it can't be renewed`);
  }
  const code = await stage.server.end("SIGTERM");
  if (code !== 0) complain(`The server ended with ${code} at last, not with 0`);
  return {
    kind,
    startMs,
    endMs,
    sent: traffic.sent,
    notSent: traffic.notSent,
    latenessMs: traffic.latenessMs,
    spareMs,
    faults,
    complaints,
    sessions: books.sessions,
    liveLeases: books.liveLeases,
    warnings: warningsOf(stage),
  };
}

async function bringAbout(
  { kind, lengthMs, member: index }: PlannedFault,
  around: Omit<Scene, "member" | "record" | "lengthMs" | "faults"> & {
    readonly faults: FaultRecord[];
  },
  say: (line: string) => void,
): Promise<void> {
  const { stage, faults, complain } = around;
  const member = stage.members[index];
  if (member === undefined) throw new RangeError(`No member ${index}`);
  const target = FAULTS[kind].onMember ? member.id : undefined;
  const words = `${kind.replaceAll("_", " ")}${target ? ` (${target})` : ""}`;
  const record: FaultRecord = {
    kind,
    target,
    fromMs: performance.now(),
    toMs: Infinity,
    restedMs: Infinity,
    lastRequestMs: undefined,
  };
  faults.push(record);
  say(words);
  await FAULT_DEEDS[kind]({
    ...around,
    member,
    record,
    lengthMs,
    complain: (text) => complain(`${words}: ${text}`),
  });
  record.restedMs = performance.now();
  say(`${words}: over`);
}

/** Settles after a time; rejects when the drill is interrupted. */
function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function judgeLastRequest(
  fault: FaultRecord,
  sent: readonly Sent[],
  spareMs: number,
  complain: (text: string) => void,
): void {
  switch (fault.kind) {
    case "backend_frozen": {
      const ms = fault.lastRequestMs = lastRequestMs(sent, fault);
      if (ms === undefined || ms <= SILENCE_MS_MAX + spareMs) return;
      return complain(
        `"${fault.target}" got a new request ${
          Math.round(ms)
        } ms after it froze, at most ${SILENCE_MS_MAX} ms was wanted`,
      );
    }
    case "backend_answers_500":
    case "backend_cuts_bodies":
      fault.lastRequestMs = lastRequestMs(sent, fault);
      return;
    case "backend_killed":
    case "backend_slow":
    case "client_killed":
    case "server_killed":
    case "server_stopped":
    case "disk_full":
    case "clock_step":
    case "database_locked":
    case "bad_config":
    case "certificate_swapped":
      return;
  }
}

function tellMoves(
  books: Books,
  faults: readonly FaultRecord[],
  complain: (text: string) => void,
): void {
  const wrong = wrongMoves(books.moves, faults);
  for (const { session, from, to } of wrong.slice(0, MOVES_TOLD)) {
    complain(`Session "${session}" went from "${from}" to "${to}"`);
  }
  if (wrong.length > MOVES_TOLD) {
    complain(`${wrong.length - MOVES_TOLD} more sessions lost their backends`);
  }
}

function warningsOf({ server }: Stage): readonly string[] {
  return server.log().split("\n")
    .filter((line) => !/^$| (INFO|DEBUG) /.test(line))
    .slice(-WARNINGS_KEPT);
}
