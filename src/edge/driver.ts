/**
 * What the edge asks of a driver: sockets that never block and never throw, and the events that machines take from
 * them. The machines own no socket; a driver owns nothing but sockets. Both drivers pass the same contract tests.
 */

/**
 * One stream socket. All calls return at once. After `close` or `abort`, or once the handler was told `onGone`, no
 * event follows and every call is without effect.
 */
export interface Socket {
  /**
   * Offers bytes[start, end) and returns how many were taken; the array may be reused as soon as the call returns.
   * When fewer than offered were taken, `onWritable` follows once there is room. On a socket that is gone all count as
   * taken.
   */
  write(bytes: Uint8Array, start: number, end: number): number;
  /**
   * Stops `onBytes` and `onEnd` until `resume`. With `watch`, `onHangUp` still tells when the peer ends its direction
   * meanwhile, even with bytes unread; without, what comes stays with the kernel.
   */
  pause(watch: boolean): void;
  /** Lets bytes come again; never calls the handler before it returns. */
  resume(): void;
  /** Ends our direction after the bytes that were taken (FIN, or close_notify and FIN); reading goes on. */
  finish(): void;
  /** Ends both directions; bytes that were taken are still delivered, within a bound of the driver's. */
  close(): void;
  /** Ends both directions now; the peer sees a reset where the system can send one. */
  abort(): void;
}

/** Why a socket is gone. The first three come before `onConnected` only. */
export type GoneReason = "refused" | "unreachable" | "tls" | "reset";

/** What a machine is told of its socket. `now` is monotonic milliseconds. Events never come inside a call of Socket. */
export interface SocketHandler {
  /** An outgoing connection stands (with TLS: after the handshake). */
  onConnected(now: number): void;
  /** Bytes came; they are the driver's again when the call returns. */
  onBytes(bytes: Uint8Array, start: number, end: number, now: number): void;
  /** A write that was cut short can go on. */
  onWritable(now: number): void;
  /** The peer ended its direction, after all its bytes. Writing is still possible. */
  onEnd(now: number): void;
  /** The peer ended its direction while this one is paused with `watch`; told once for each such pause. */
  onHangUp(now: number): void;
  /** The connection failed or was reset; it is closed already. */
  onGone(reason: GoneReason, now: number): void;
  /**
   * One of the above threw: the handler ends what it was doing, on this connection too if it stands. Without this, or
   * when it throws as well, the driver logs the error and aborts the connection.
   */
  onPanic?(error: unknown, now: number): void;
}

/** Where a listener listens. Port 0 asks for any free one. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
  /** Plain TCP when absent. */
  readonly tls?: ServerTls;
  /**
   * Whether other processes of this user may listen at the same address, so that one can take over from another; not
   * when absent.
   */
  readonly reusePort?: boolean;
  /** Whether proxies may say who called before the first byte (proxy_gate.ts); not when absent. */
  readonly isBehindProxies?: boolean;
  /** Whether an address may begin a TLS handshake, which costs more than any refusal; everybody may when absent. */
  readonly mayGreet?: (ip: string) => boolean;
}

/** What one side shows to the other, PEM. */
export interface Certificate {
  /** The chain, the side's own certificate first. */
  readonly cert: string;
  /** The private key of the first. */
  readonly key: string;
}

/** What a listener shows to its callers, where they ask for no other name, and what it wants to see of them. */
export interface ServerTls extends Certificate {
  /** Further certificates, for those who ask for one of their names (SNI, RFC 6066, section 3); none when absent. */
  readonly named?: readonly NamedCertificate[];
  /** Whose certificates callers show; nobody is asked for one when absent. */
  readonly clients?: ClientCheck;
}

/** A certificate for some names. */
export interface NamedCertificate extends Certificate {
  /** Host names; `*.a.example` stands for all names with one more label. Letter case and a last dot don't count. */
  readonly hosts: readonly string[];
}

/** What is asked of callers; a certificate that was not issued for clients by these authorities ends the handshake. */
export interface ClientCheck {
  /** Authorities, PEM, one or several. */
  readonly authorities: string;
  /** Whether callers without a certificate are turned away too. */
  readonly isRequired: boolean;
}

/** Who connected. */
export interface Peer {
  /** The address without zone; IPv4-mapped IPv6 addresses as IPv4. */
  readonly ip: string;
  readonly port: number;
}

/** Where an outgoing connection goes. Names are resolved already. */
export type ConnectAddress =
  | { readonly kind: "tcp"; readonly ip: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "tls";
    readonly ip: string;
    readonly port: number;
    /** The name that the certificate must be for. */
    readonly serverName: string;
  };

/** Takes a connection: returns its handler, or undefined to have it closed at once. */
export type Accept = (
  socket: Socket,
  peer: Peer,
  now: number,
) => SocketHandler | undefined;

/** A listening socket; closing it leaves accepted connections alone. */
export interface Listening {
  /** The real port. */
  readonly port: number;
  /** The address as asked for. */
  readonly hostname: string;
  /**
   * Shows these certificates, and asks for those, in the handshakes that begin from now on; connections that stand live
   * on. Throws a TypeError or the library's own error when they can't be used or there is no TLS here, and goes on as
   * before.
   */
  replaceCertificate(tls: ServerTls): void;
  /**
   * Takes the connections that wait with the system, then no further ones; settles when all were handed over. Where
   * others listen at the address too, what comes meanwhile goes to them, as far as the system can tell it so.
   */
  stop(): Promise<void>;
  /** Takes no further connections, from now on. */
  close(): void;
}

/** Moves bytes between sockets and machines. Disposing of it aborts what is still open. */
export interface Driver extends AsyncDisposable {
  readonly name: "epoll" | "deno";
  /** Listens; throws (address in use, not permitted, bad certificate) as Deno.listen does. */
  listen(address: ListenAddress, accept: Accept): Listening;
  /** Connects; `onConnected` or `onGone` follows, never during the call. */
  connect(address: ConnectAddress, handler: SocketHandler): Socket;
  /**
   * Says how many exchanges wait for something outside of this driver in the same isolate (the API), so that it
   * yields to them more often.
   */
  waitingElsewhere(change: 1 | -1): void;
  /**
   * Says how many exchanges wait for what the isolate itself does at the end of this turn of the event loop (a group
   * commit), so that it takes such a turn after each batch of events.
   */
  waitingForTurn(change: 1 | -1): void;
}
