/** The dashboard's files, read when the first of them is asked for, so that a server nobody watches does not hold them. */
import type { UiFile, UiFiles } from "../traffic_ports.ts";

/** What a browser is told each kind of file is. */
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The page is `index.html`. */
export const uiFiles: UiFiles = {
  async file(name) {
    const { CONTENTS } = await import("./contents.ts");
    const text = Object.hasOwn(CONTENTS, name) ? CONTENTS[name] : undefined;
    return text === undefined ? undefined : await served(name, text);
  },
};

async function served(name: string, text: string): Promise<UiFile> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return {
    type: TYPES[name.split(".").at(-1) ?? ""] ?? "text/plain; charset=utf-8",
    text,
    etag: `"${new Uint8Array(digest).toBase64({ alphabet: "base64url" })}"`,
  };
}
