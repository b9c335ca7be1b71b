/** What the fields of a request mean for the message: its framing, its connection, its host (RFC 9112, sections 3, 6). */
import {
  BAD_CONNECTION,
  CLOSE,
  dropNominated,
  KEEP_ALIVE_OPTION,
  readConnection,
  UPGRADE_OPTION,
} from "./connection_field.ts";
import {
  CONNECTION,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  EXPECT,
  HOST,
  HTTP2_SETTINGS,
  KEEP_ALIVE,
  PROXY_CONNECTION,
  TE,
  TRANSFER_ENCODING,
  UPGRADE,
} from "./field_names.ts";
import { isHost } from "./host.ts";
import { hasListItem, isOnlyChunked, lengthOf } from "./field_values.ts";
import { isText } from "./octets.ts";
import type { RequestRefusal } from "./refusal.ts";
import type { RequestHead } from "./request_head.ts";

/** Reads the meaning into `head` and marks the fields that are not sent on; why the request is refused, if it is. */
export function readRequestMeaning(
  bytes: Uint8Array,
  head: RequestHead,
): RequestRefusal | undefined {
  const { fields } = head;
  head.contentLength = -1;
  head.isChunked = false;
  head.takesTrailers = false;
  head.expectsContinue = false;
  head.host = -1;
  head.contentType = -1;
  let upgrade = -1;
  let options = 0;
  for (let i = 0; i < fields.count; i++) {
    switch (fields.number(i)) {
      case HOST:
        if (head.host !== -1) return "bad_host";
        head.host = i;
        break;
      case CONTENT_LENGTH: {
        const length = lengthOf(
          bytes,
          fields.valueStart(i),
          fields.valueEnd(i),
        );
        if (length < 0 || head.contentLength !== -1) {
          return "bad_content_length";
        }
        head.contentLength = length;
        break;
      }
      case TRANSFER_ENCODING:
        if (!isOnlyChunked(bytes, head, i)) return "bad_transfer_encoding";
        head.isChunked = true;
        fields.drop(i);
        break;
      case CONNECTION:
        options = readConnection(bytes, fields, i, options);
        if (options === BAD_CONNECTION) return "bad_connection";
        fields.drop(i);
        break;
      case TE:
        head.takesTrailers ||= hasListItem(
          bytes,
          fields.valueStart(i),
          fields.valueEnd(i),
          "trailers",
        );
        fields.drop(i);
        break;
      case UPGRADE:
        if (upgrade !== -1) return "bad_connection";
        upgrade = i;
        fields.drop(i);
        break;
      case EXPECT:
        head.expectsContinue ||= head.minor === 1 && isText(
          bytes,
          fields.valueStart(i),
          fields.valueEnd(i),
          "100-continue",
        );
        if (head.minor === 0) fields.drop(i);
        break;
      case KEEP_ALIVE:
      case PROXY_CONNECTION:
      case HTTP2_SETTINGS:
        fields.drop(i);
        break;
      case CONTENT_TYPE:
        if (head.contentType === -1) head.contentType = i;
        break;
    }
  }
  if (head.isChunked && head.contentLength !== -1) {
    return "bad_transfer_encoding";
  }
  head.keepAlive = (options & CLOSE) === 0 &&
    (head.minor === 1 || (options & KEEP_ALIVE_OPTION) !== 0);
  const asks = (options & UPGRADE_OPTION) !== 0 && head.minor === 1;
  head.upgrade = asks && upgrade !== -1 && !isH2c(bytes, head, upgrade)
    ? upgrade
    : -1;
  dropNominated(bytes, fields);
  return hostFault(bytes, head);
}

/** Cleartext HTTP/2 is obsolete (RFC 9113, section 3.1) and a way around every rule here. */
function isH2c(bytes: Uint8Array, head: RequestHead, i: number): boolean {
  const { fields } = head;
  const start = fields.valueStart(i);
  const end = fields.valueEnd(i);
  return hasListItem(bytes, start, end, "h2c") ||
    hasListItem(bytes, start, end, "h2") ||
    hasListItem(bytes, start, end, "http/2") ||
    hasListItem(bytes, start, end, "http/2.0");
}

/** HTTP/1.1 needs exactly one valid Host; one that is sent must be valid; an absolute target's authority too. */
function hostFault(
  bytes: Uint8Array,
  head: RequestHead,
): RequestRefusal | undefined {
  const { fields, host, authorityStart, authorityEnd } = head;
  if (host === -1) {
    if (head.minor === 1) return "bad_host";
  } else if (!isHost(bytes, fields.valueStart(host), fields.valueEnd(host))) {
    return "bad_host";
  }
  return authorityEnd > 0 && !isHost(bytes, authorityStart, authorityEnd)
    ? "bad_target"
    : undefined;
}
