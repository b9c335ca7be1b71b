/**
 * What is known of a request, whatever becomes of it: who sends it, its number, what its head says, what will be told of
 * it. Owner: the exchange, which adds what becomes of it.
 */
import type { RequestHead } from "../http1/request_head.ts";
import type { RequestEnd } from "../traffic_ports.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { RequestFacts } from "./request_facts.ts";
import type { RequestId } from "./request_ids.ts";
import { RequestNotes } from "./request_notes.ts";
import { givenId } from "./send_request.ts";

/** A request; one instance serves request after request. */
export class RequestInProgress {
  readonly owner: Caller;
  readonly facts = new RequestFacts();
  readonly notes: RequestNotes;
  id: RequestId = 0;
  protected readonly parts: EdgeParts;

  /** No request yet. */
  constructor(owner: Caller, parts: EdgeParts) {
    this.owner = owner;
    this.parts = parts;
    this.notes = new RequestNotes(owner, parts);
  }

  /** One begins with a head that the caller's connection holds. */
  protected open(head: RequestHead, now: number): void {
    const { load, requestIds } = this.parts;
    load.inFlight++;
    this.id = givenId(this.owner, head) ?? requestIds.next();
    this.facts.read(this.owner, head);
    this.notes.begin(this.id, head, now);
  }

  /** It is over; called once for each. */
  protected close(end: RequestEnd, now: number): void {
    this.parts.load.inFlight--;
    this.notes.close(end, now);
  }
}
