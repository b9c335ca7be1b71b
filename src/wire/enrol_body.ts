/** `POST /_opsen/enrol`: a machine trades a token for a credential of its own. */
import * as z from "zod";
import { TOKEN_CHARS_MAX } from "./bounds.ts";
import { clientId } from "./fields.ts";

/** An enrolment. */
export const enrolBody = z.object({
  /** The id that the machine will register under. */
  client_id: clientId(),
  /** An enrolment token that is still good. */
  token: z.string().min(1).max(TOKEN_CHARS_MAX),
  /**
   * The credential that the machine drew, so that it can ask again when no answer came; absent to be given one. A fixed
   * shape, so that nobody picks a short one.
   */
  credential: z.string().regex(/^opsen_agent_[A-Za-z0-9_-]{43}$/, {
    error: 'must be "opsen_agent_" and 32 random bytes in base64url',
  }).nullish(),
});

/** The answer. */
export interface EnrolAnswer {
  /** The machine that the credential is bound to. */
  readonly client_id: string;
  /** What the machine sends as its key from now on. */
  readonly credential: string;
  /** False when the database did not take it, so that a restart forgets it. */
  readonly durable?: false;
}
