/**
 * What a listener goes by in the handshakes of its callers: which certificate for which name, and what callers must show.
 * Never changed; a listener that gets other certificates gets another one of these. Protocols and ciphers are those of
 * the runtime (rustls): TLS 1.2 and 1.3 with forward secrecy and authenticated encryption, and no others.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  createSecureContext,
  type SecureContext,
  type TLSSocket,
  type TLSSocketOptions,
} from "node:tls";
import type { Certificate, ClientCheck, ServerTls } from "../../driver.ts";
import { certificateTexts } from "../certificate_texts.ts";
import { chainOf, objectionToChain } from "./client_chain.ts";

/** Certificates by name. */
export class ServerContexts {
  readonly #clients: ClientCheck | undefined;
  readonly #authorities: readonly X509Certificate[];
  readonly #fallback: SecureContext;
  /** By name in small letters, `*.` included. */
  readonly #named = new Map<string, SecureContext>();

  /**
   * Throws a TypeError when a key is another certificate's, and what the library says of text that is no certificate or
   * key. Of two certificates for one name the first counts.
   */
  constructor({ named = [], clients, ...fallback }: ServerTls) {
    this.#clients = clients;
    this.#authorities = certificateTexts(clients?.authorities ?? "")
      .map((text) => new X509Certificate(text));
    this.#fallback = contextOf(fallback, clients);
    for (const { hosts, ...certificate } of named) {
      const context = contextOf(certificate, clients);
      for (const host of hosts) {
        const name = plainName(host);
        if (!this.#named.has(name)) this.#named.set(name, context);
      }
    }
  }

  /** The certificate for a name that a caller asks for: its own, that of its wildcard, or else the first. */
  forName(asked: string): SecureContext {
    const name = plainName(asked);
    const wildcard = `*${name.slice(name.indexOf("."))}`;
    return this.#named.get(name) ?? this.#named.get(wildcard) ??
      this.#fallback;
  }

  /** What a stream is to be made with. */
  get options(): TLSSocketOptions {
    return {
      isServer: true,
      secureContext: this.#fallback,
      requestCert: this.#clients !== undefined,
      rejectUnauthorized: this.#clients?.isRequired === true,
      // Whoever has one certificate is spared the detour.
      ...(this.#named.size > 0 && {
        SNICallback: (name, done) => done(null, this.forName(name)),
      }),
    };
  }

  /** Why a caller whose handshake is done must not come in; undefined when it may. */
  objectionTo(stream: TLSSocket): string | undefined {
    if (this.#clients === undefined) return undefined;
    const verdict = verdictOn(stream);
    if (verdict !== "") return verdict;
    try {
      const chain = chainOf(stream);
      if (chain.length === 0 && !this.#clients.isRequired) return undefined;
      return objectionToChain(chain, this.#authorities, Date.now());
    } catch (error) {
      // The library can't read every certificate that the runtime takes, and here nobody catches what it throws.
      return `its chain can't be read: ${String(error)}`;
    }
  }
}

/**
 * Throws a TypeError when the key is not that of the certificate, and what the library says of text that is neither; the
 * runtime would find out at the first handshake only.
 */
export function refuseForeignKey({ cert, key }: Certificate): void {
  if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return;
  throw new TypeError("The private key is not that of the certificate");
}

function contextOf(
  { cert, key }: Certificate,
  clients: ClientCheck | undefined,
): SecureContext {
  refuseForeignKey({ cert, key });
  if (clients === undefined) return createSecureContext({ cert, key });
  return createSecureContext({ cert, key, ca: clients.authorities });
}

function plainName(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

/**
 * What the runtime found of the certificate of a caller; empty when it is good or there is none. It checks issuer, times
 * and purpose, and that the caller has the key, but leaves it to `tls.Server`, which can't stand on our sockets, to
 * heed the outcome (Deno 2.9.6, `ext:deno_node/_tls_wrap.js`).
 */
function verdictOn(stream: TLSSocket): string {
  const handle: unknown = Reflect.get(stream, "ssl");
  if (typeof handle !== "object" || handle === null) return UNCHECKED;
  const verify: unknown = Reflect.get(handle, "verifyError");
  if (typeof verify !== "function") return UNCHECKED;
  const verdict: unknown = Reflect.apply(verify, handle, []);
  return verdict === null || verdict === undefined ? "" : String(verdict);
}

/** Nobody comes in on the word of a runtime that says nothing. */
const UNCHECKED = "the certificate was not checked";
