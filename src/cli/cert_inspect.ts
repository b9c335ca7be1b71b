/** `opsen cert inspect`: tells what the certificates of a file or of a server are. */
import { connect } from "node:tls";
import { once } from "node:events";
import {
  type CertificateFacts,
  certificatesOf,
} from "../trust/certificate_facts.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** What commander read. */
export interface InspectOptions {
  readonly json?: boolean;
  readonly timeout: string;
}

/** A file of all authorities of a system has 250 kB. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
const DAY_MS = 86_400_000;

/** What was found; `trust` is whether this system's authorities vouch for a server, in words. */
interface Found {
  readonly certificates: readonly CertificateFacts[];
  readonly trust: string | undefined;
}

/** Prints what a certificate is, and says with the exit code whether it is good today. */
export async function inspect(
  source: string,
  { json = false, timeout }: InspectOptions,
  shell: Shell,
): Promise<void> {
  const seconds = Number(timeout);
  if (!(seconds > 0 && seconds <= 3600)) {
    return endUsage(
      `--timeout: found "${timeout}", wanted seconds from above 0 to 3600`,
      shell,
    );
  }
  const url = /^https:\/\//i.test(source) ? URL.parse(source) : undefined;
  if (url === null || /^http:\/\//i.test(source)) {
    return endUsage(
      `Found "${source}", wanted a file or an https URL`,
      shell,
    );
  }
  const found = url === undefined
    ? inFile(source, shell)
    : await atServer(url, seconds * 1000, shell);
  if (found === undefined) return;
  const now = new Date();
  const [first] = found.certificates;
  if (first === undefined) return;
  shell.out(json ? jsonText(found, now) : plainText(found, now));
  const isGood = first.from <= now && now < first.until;
  shell.exitWith(isGood ? EXIT_CODE.ok : EXIT_CODE.expired);
}

function inFile(path: string, shell: Shell): Found | undefined {
  const content = shell.readFile(path, FILE_BYTES_MAX);
  const fault = (found: string) =>
    `Cannot read "${path}": found ${found}, wanted a certificate, PEM or DER`;
  if (content.kind !== "read") {
    const found = content.kind === "too_large"
      ? `more than ${FILE_BYTES_MAX} bytes`
      : content.found;
    return void noCertificate(fault(found), shell);
  }
  try {
    const bytes = Uint8Array.from(content.bytes);
    const certificates = certificatesOf(bytes);
    if (certificates.length > 0) return { certificates, trust: undefined };
    return void noCertificate(fault("none"), shell);
  } catch {
    return void noCertificate(fault("a broken one"), shell);
  }
}

async function atServer(
  { hostname, port }: URL,
  timeoutMs: number,
  shell: Shell,
): Promise<Found | undefined> {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const at = `${hostname}:${port === "" ? 443 : port}`;
  // Whatever it shows is looked at; whether it is trusted is part of the answer.
  const socket = connect({
    host,
    port: port === "" ? 443 : Number(port),
    rejectUnauthorized: false,
    ...(isAddress(host) ? {} : { servername: host }),
  });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    await once(socket, "secureConnect", { signal });
    const { raw } = socket.getPeerCertificate();
    const trust = socket.authorized
      ? "yes"
      : `no: ${String(socket.authorizationError)}`;
    return { certificates: certificatesOf(Uint8Array.from(raw)), trust };
  } catch (error) {
    const isLate = error instanceof Error && error.name === "AbortError";
    const reason = isLate
      ? `no handshake within ${timeoutMs / 1000} s`
      : error instanceof Error
      ? error.message
      : String(error);
    shell.err(`Cannot see the certificate of ${at}: ${reason}\n`);
    return void shell.exitWith(EXIT_CODE.unreachable);
  } finally {
    socket.destroy();
  }
}

function noCertificate(fault: string, shell: Shell): void {
  shell.err(`${fault}\n`);
  shell.exitWith(EXIT_CODE.noCertificate);
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":");
}

function daysLeft({ until }: CertificateFacts, now: Date): number {
  return Math.floor((until.getTime() - now.getTime()) / DAY_MS);
}

function plainText({ certificates, trust }: Found, now: Date): string {
  const [first, ...others] = certificates;
  if (first === undefined) return "";
  const rows = [
    ["Subject", first.subject],
    ["Names", first.names.length === 0 ? "none" : first.names.join(", ")],
    ["Issuer", issuerText(first)],
    ["From", secondText(first.from)],
    ["Until", `${secondText(first.until)} (${leftText(first, now)})`],
    ["Key", first.key],
    ["SHA-256", first.fingerprint],
    ...(first.isAuthority ? [["Authority", "yes"]] : []),
    ...(trust === undefined ? [] : [["Trusted here", trust]]),
    ...others.map((
      other,
    ) => ["Then", `${other.subject}, ${leftText(other, now)}`]),
  ];
  return rows.map(([title = "", text]) => `${title.padEnd(14)}${text}\n`).join(
    "",
  );
}

function issuerText({ subject, issuer }: CertificateFacts): string {
  return issuer === subject ? "itself" : issuer;
}

function leftText(facts: CertificateFacts, now: Date): string {
  if (facts.from > now) return "not good yet";
  const days = daysLeft(facts, now);
  return days < 0 ? "EXPIRED" : `${days} day${days === 1 ? "" : "s"} left`;
}

function secondText(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}

function jsonText({ certificates, trust }: Found, now: Date): string {
  const views = certificates.map((facts) => ({
    subject: facts.subject,
    issuer: facts.issuer,
    names: facts.names,
    not_before: secondText(facts.from),
    not_after: secondText(facts.until),
    days_left: daysLeft(facts, now),
    key: facts.key,
    fingerprint_sha256: facts.fingerprint,
    serial: facts.serial,
    is_authority: facts.isAuthority,
  }));
  return `${
    JSON.stringify(
      { certificates: views, ...(trust !== undefined && { trusted: trust }) },
      null,
      2,
    )
  }\n`;
}
