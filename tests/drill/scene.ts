/** What a fault finds when it comes: the stage, its target, and how to say what was wrong. */
import type { Books } from "./books.ts";
import type { FaultRecord } from "./records.ts";
import type { Member } from "./member.ts";
import type { Stage } from "./stage.ts";

/** The scene of one fault. */
export interface Scene {
  readonly stage: Stage;
  /** The member that it befalls, if it befalls one. */
  readonly member: Member;
  readonly books: Books;
  readonly record: FaultRecord;
  /** How long it is to last. */
  readonly lengthMs: number;
  /** The faults so far, this one among them. */
  readonly faults: readonly FaultRecord[];
  /** How far off instants may be on this machine. */
  spareMs(): number;
  /** Settles after a time; rejects when the drill is interrupted. */
  wait(ms: number): Promise<void>;
  /** Says what the server did not do as promised. */
  complain(text: string): void;
}

/** Brings a fault about and lifts it again; {@link FaultRecord} says when. */
export type Fault = (scene: Scene) => Promise<void>;

const POLL_MS = 100;

/** Waits until something holds; whether it came in time. What can't be asked does not hold yet. */
export async function comes(
  scene: Scene,
  withinMs: number,
  holds: () => Promise<boolean>,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    if (await holds().catch(() => false)) return true;
    if (performance.now() > deadline) return false;
    await scene.wait(POLL_MS);
  }
}
