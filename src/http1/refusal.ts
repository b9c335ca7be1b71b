/** Why a message is refused: the stable codes of the codec, and the status each is answered with. */

/** A request that is not taken, with the status that says so. */
export const REQUEST_REFUSALS = {
  bad_request_line: 400,
  bad_target: 400,
  bad_version: 400,
  bad_field: 400,
  bad_host: 400,
  bad_connection: 400,
  bad_content_length: 400,
  bad_transfer_encoding: 400,
  bad_chunk: 400,
  bad_trailer: 400,
  method_not_allowed: 405,
  body_too_large: 413,
  target_too_long: 414,
  head_too_large: 431,
  too_many_fields: 431,
  version_not_supported: 505,
} as const satisfies Readonly<Record<string, number>>;

/** One of the codes in {@link REQUEST_REFUSALS}. */
export type RequestRefusal = keyof typeof REQUEST_REFUSALS;

/** What is wrong with a response; the caller gets 502 for all of them, the log gets the code. */
export type ResponseFault =
  | "bad_status_line"
  | "bad_field"
  | "bad_connection"
  | "bad_content_length"
  | "bad_transfer_encoding"
  | "bad_chunk"
  | "bad_trailer"
  | "head_too_large"
  | "too_many_fields"
  | "too_many_interim_responses"
  | "unasked_upgrade";
