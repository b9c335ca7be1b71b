/** How each fault is brought about. */
import { missingTools } from "../../tools.ts";
import type { FaultKind } from "../fault_plan.ts";
import type { Fault } from "../scene.ts";
import {
  backendAnswers,
  backendFrozen,
  backendKilled,
  clientKilled,
} from "./backend_faults.ts";
import { badConfig, certificateSwapped } from "./config_faults.ts";
import { serverKilled, serverStopped } from "./server_faults.ts";
import { clockStep, databaseLocked, diskFull } from "./store_faults.ts";

/** All faults by name. */
export const FAULT_DEEDS: Readonly<Record<FaultKind, Fault>> = {
  backend_killed: backendKilled,
  backend_frozen: backendFrozen,
  backend_slow: backendAnswers("slow"),
  backend_answers_500: backendAnswers("answers_500"),
  backend_cuts_bodies: backendAnswers("cuts_bodies"),
  client_killed: clientKilled,
  server_killed: serverKilled,
  server_stopped: serverStopped,
  disk_full: diskFull,
  clock_step: clockStep,
  database_locked: databaseLocked,
  bad_config: badConfig,
  certificate_swapped: certificateSwapped,
};

/** Why a fault can't be brought about here; undefined when it can. */
export function obstacleOf(
  kind: FaultKind,
  binary: string | undefined,
): string | undefined {
  if (kind === "clock_step" && binary !== undefined) {
    return "an executable's clock can't be stepped without a privilege";
  }
  const tools: Partial<Record<FaultKind, string>> = {
    disk_full: "prlimit",
    certificate_swapped: "openssl",
  };
  const tool = tools[kind];
  return tool !== undefined && missingTools([tool]).length > 0
    ? `it needs ${tool}`
    : undefined;
}
