/** A proxied request that went well. */
import type { RequestRecord } from "../../src/traffic_ports.ts";

/** Placed after 1 ms, connected after 3, answered after 13, over after 100. */
export const RECORD: RequestRecord = {
  requestId: "r",
  kind: "proxied",
  callerIp: "192.0.2.1",
  method: "GET",
  target: "/",
  status: 200,
  code: undefined,
  isApiProblem: false,
  end: "complete",
  tier: "small",
  backendId: "b",
  stickiness: "none",
  attempts: 1,
  startedAt: 1000,
  decidedAt: 1001,
  connectedAt: 1003,
  isReused: false,
  answeredAt: 1013,
  endedAt: 1100,
  bytesIn: 10,
  bytesOut: 20,
  span: undefined,
};
