/** Handlers for sockets whose machine is not there: not yet, or no longer. */
import type { SocketHandler } from "../../driver.ts";

/** Takes the place of a handler that must not be told anything any more. */
export const DEAF: SocketHandler = deafHandler();

/** Takes the place of a handler that is still to come. */
export const UNATTENDED: SocketHandler = deafHandler();

function deafHandler(): SocketHandler {
  return {
    onConnected: ignore,
    onBytes: ignore,
    onWritable: ignore,
    onEnd: ignore,
    onHangUp: ignore,
    onGone: ignore,
  };
}

function ignore(): void {}
