/** Fetches a small document, bounded in time and size. Owns no state. */

/** How long it may take in all; callers with tokens wait for it. */
const FETCH_MS_MAX = 5_000;
/** A hundred keys with their certificates are about half of it. */
const DOCUMENT_BYTES_MAX = 512 * 1024;

/**
 * The text at a URL; rejects with the reason when it can't be had. Redirections are not followed: who answers is who
 * was configured.
 */
export async function fetchDocument(
  url: string,
  signal: AbortSignal,
): Promise<string> {
  // A connection of its own, closed at once: it is used again minutes later, if at all.
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${FETCH_MS_MAX / 1000} s`)),
    FETCH_MS_MAX,
  );
  try {
    const response = await fetch(url, {
      headers: { accept: "application/jwk-set+json, application/json" },
      redirect: "manual",
      client,
      signal: AbortSignal.any([signal, late.signal]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the answer is ${response.status}, wanted 200`);
    }
    return await textOf(response.body);
  } catch (error) {
    throw new Error(innermost(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(
  body: ReadableStream<Uint8Array> | null,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > DOCUMENT_BYTES_MAX) {
      throw new Error(`the answer is longer than ${DOCUMENT_BYTES_MAX} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** fetch says only that it failed; why stands in the cause, beside the URL, which may hold what is nobody's business. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error
    ? innermost(error.cause)
    : error.message.replace(/^.*client error \(\w+\): /s, "")
      .replaceAll(/\S+:\/\/\S+/g, "the URL");
}
