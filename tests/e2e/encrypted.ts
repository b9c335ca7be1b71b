/**
 * Servers with TLS. The API of tests speaks plain HTTP, so the fleet is made known by a server without TLS, and the one
 * that is tested finds it in the database.
 */
import { once } from "node:events";
import { connect } from "node:tls";
import {
  type Certificate,
  issuedFor,
} from "../edge/drivers/deno/certificates.ts";
import type { Backend, Keys, ProxyStage } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";
import type { TestServer } from "./server_home.ts";

/** A certificate of this machine, and the authority that vouches for it. */
export type Issued = Certificate & { readonly authority: string };

/** A certificate for callers that trust its authority. */
export async function issued(): Promise<Issued> {
  return await issuedFor("localhost");
}

/** Writes the files that {@link startEncrypted} names, or `NAME.pem` and `NAME.key`. */
export async function showCertificate(
  { home }: ProxyStage,
  { cert, key }: Certificate,
  name?: string,
): Promise<void> {
  const [certFile, keyFile] = name === undefined
    ? ["cert.pem", "key.pem"]
    : [`${name}.pem`, `${name}.key`];
  await Deno.writeTextFile(`${home.folder}/${certFile}`, cert);
  await Deno.writeTextFile(`${home.folder}/${keyFile}`, key);
}

/** Starts a server with TLS and these backends; its certificate was written before. */
export async function startEncrypted(
  stage: ProxyStage,
  backends: Readonly<Record<string, Backend>>,
  keys: Keys,
  tlsKeys: Keys = {},
): Promise<TestServer> {
  const plain = await stage.startWith(backends, keys);
  await plain.process.stop();
  return await stage.start({
    ...keys,
    ...tlsKeys,
    tls_cert_file: `${stage.home.folder}/cert.pem`,
    tls_key_file: `${stage.home.folder}/key.pem`,
  });
}

/** Connects callers that trust these authorities. */
export function openTrusting(
  caCerts: readonly string[],
): (port: number) => Promise<Wire> {
  return async (port) => {
    const at = { hostname: "localhost", port, caCerts: [...caCerts] };
    const connection = await Deno.connectTls(at);
    await connection.handshake();
    return new Wire(connection);
  };
}

/** The serial number that a new handshake shows, to whoever asks for this name. */
export async function serialAt(
  port: number,
  servername = "localhost",
): Promise<string> {
  const host = "127.0.0.1";
  const at = { host, port, servername, rejectUnauthorized: false };
  const caller = connect(at);
  await once(caller, "secureConnect");
  const { serialNumber } = caller.getPeerCertificate();
  caller.destroy();
  return serialNumber;
}
