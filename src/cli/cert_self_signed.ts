/** `opsen cert self-signed`: writes server.crt and server.key. */
import { resolve } from "node:path";
import ipaddr from "ipaddr.js";
import { yamlWord } from "../config/yaml_text.ts";
import { selfSigned } from "../trust/self_signed.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** What commander read. */
export interface SelfSignedOptions {
  readonly dir: string;
  readonly domain: readonly string[];
  readonly days: string;
  readonly force?: boolean;
}

const DAY_MS = 86_400_000;
/** Ten years: whoever needs longer needs an authority. */
const DAYS_MAX = 3_650;
/** Names of one certificate; every handshake carries them. */
const NAMES_MAX = 100;
/** A caller whose clock is late takes the certificate all the same. */
const EARLY_MS = 300_000;
/** What else a server on this machine is called. */
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** Makes both files, and prints the lines of the configuration that name them. */
export async function makeSelfSigned(
  { dir, domain, days, force = false }: SelfSignedOptions,
  shell: Shell,
): Promise<void> {
  const names = namesOf(domain);
  const wrong = names.find((name) => !isName(name));
  if (wrong !== undefined) {
    return endUsage(
      `--domain: found ${
        JSON.stringify(wrong)
      }, wanted a host name such as example.com or *.example.com, or an address`,
      shell,
    );
  }
  if (names.length > NAMES_MAX) {
    return endUsage(
      `--domain: found ${names.length} names, wanted up to ${NAMES_MAX}`,
      shell,
    );
  }
  if (!/^\d{1,4}$/.test(days) || Number(days) < 1 || Number(days) > DAYS_MAX) {
    return endUsage(
      `--days: found ${
        JSON.stringify(days)
      }, wanted a whole number from 1 to ${DAYS_MAX}`,
      shell,
    );
  }
  const folder = resolve(dir);
  const files = {
    certificate: resolve(folder, "server.crt"),
    key: resolve(folder, "server.key"),
  };
  try {
    if (!force) refuseExisting(Object.values(files));
    const from = new Date(Date.now() - EARLY_MS);
    const until = new Date(Date.now() + Number(days) * DAY_MS);
    const made = await selfSigned({ names, from, until });
    Deno.mkdirSync(folder, { recursive: true });
    // The key first: whoever watches the certificate finds both.
    write(files.key, made.key, 0o600, force);
    write(files.certificate, made.certificate, 0o644, force);
    shell.err(
      `Made a certificate for ${names.join(", ")}, good until ${
        until.toISOString().slice(0, 10)
      }; for server.yml:\n`,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    shell.err(`Cannot make a certificate in "${folder}": ${reason}\n`);
    return shell.exitWith(EXIT_CODE.refused);
  }
  shell.out(
    `tls_cert_file: ${yamlWord(files.certificate)}\ntls_key_file: ${
      yamlWord(files.key)
    }\n`,
  );
}

/** In lower case and once each; a certificate for localhost is for its addresses too. */
function namesOf(domains: readonly string[]): readonly string[] {
  const names = domains.map((name) => name.toLowerCase());
  const more = names.includes("localhost") ? LOOPBACK : [];
  return [...new Set([...names, ...more])];
}

function isName(name: string): boolean {
  if (ipaddr.isValid(name)) return !name.includes("%");
  return name.length <= 253 && /[a-z]/.test(name) &&
    /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/
      .test(name);
}

function refuseExisting(paths: readonly string[]): void {
  for (const path of paths) {
    let isThere = true;
    try {
      Deno.lstatSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      isThere = false;
    }
    if (isThere) {
      throw new Error(`"${path}" is there already (--force replaces it)`);
    }
  }
}

/** Writes a file that nobody sees half written; an old one goes in the same step. */
function write(path: string, text: string, mode: number, force: boolean): void {
  if (!force) {
    return Deno.writeTextFileSync(path, text, { createNew: true, mode });
  }
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    Deno.writeTextFileSync(draft, text, { createNew: true, mode });
    Deno.renameSync(draft, path);
  } catch (error) {
    try {
      Deno.removeSync(draft);
    } catch {
      // It was never there.
    }
    throw error;
  }
}
