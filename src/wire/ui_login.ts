/** Signing in to the dashboard: what is sent, and what a page is told of who reads it. */
import * as z from "zod";

/** Keys are made with 50 characters; people who choose their own don't type more. */
const KEY_CHARS_MAX = 1024;

/** `POST /_opsen/ui/login`. */
export const loginBody = z.object({
  /** A key with the scope `read`, which the session stands for from then on. */
  key: z.string().min(1).max(KEY_CHARS_MAX),
});

/** The JSON of it. */
export type LoginBody = z.output<typeof loginBody>;

/** The answer of `POST /_opsen/ui/login` and of `GET /_opsen/ui/session`. */
export const uiSession = z.object({
  /** Whether no key exists, so that nobody has to sign in. */
  open: z.boolean(),
  /** Name of the key; absent where everything is open. */
  key_name: z.string().optional(),
  /** Whether the reader may drain and release. */
  may_change: z.boolean(),
});

/** The JSON of that answer. */
export type UiSession = z.output<typeof uiSession>;
