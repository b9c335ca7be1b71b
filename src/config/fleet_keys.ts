/** Server keys: the backends, when they count as gone, and how their health is known. */
import { choice, flag, text, whole } from "./key.ts";
import { DAY_SECONDS } from "./limits.ts";
import { URL_PATH } from "./text_format.ts";

/** Backends and their health. */
export const FLEET_KEYS = {
  stale_minutes: whole({
    help: "A backend not heard of for so long gets nothing",
    default: 5,
    min: 1,
    max: 10_080,
    aliases: ["stale"],
  }),
  cleanup_interval_seconds: whole({
    help: "Time between two searches for what can be forgotten",
    default: 60,
    min: 1,
    max: DAY_SECONDS,
    aliases: ["cleanup-interval"],
  }),
  max_backends: whole({
    help: "Largest number of backends",
    default: 10_000,
    min: 1,
    max: 100_000,
  }),
  health_check_enabled: flag({
    help: "Probe the backends",
    default: true,
  }),
  health_check_type: choice({
    help: "What a probe does",
    default: "tcp",
    choices: ["tcp", "http"],
  }),
  health_check_interval_seconds: whole({
    help: "Time between two probes of a backend",
    default: 10,
    min: 1,
    max: DAY_SECONDS,
  }),
  health_check_timeout_seconds: whole({
    help: "Time a probe may take",
    default: 2,
    min: 1,
    max: 3600,
  }),
  health_check_path: text({
    help: "Path that an http probe asks for",
    default: "/health",
    format: URL_PATH,
  }),
  health_check_unhealthy_threshold: whole({
    help: "Failed probes in a row that make a backend unhealthy",
    default: 3,
    min: 1,
    max: 1000,
  }),
  health_check_healthy_threshold: whole({
    help: "Good probes in a row that make a backend healthy again",
    default: 2,
    min: 1,
    max: 1000,
  }),
  ejection_enabled: flag({
    help: "Leave a backend out for a while when requests to it fail",
    default: true,
  }),
  panic: choice({
    help: "What happens when more than half of the fleet is out",
    default: "fail_open",
    choices: ["fail_open", "fail_closed"],
  }),
  gpu_max_temperature_c: whole({
    help: "A GPU hotter than this counts as busy, 0 for the card's own limit",
    default: 0,
    min: 0,
    max: 150,
  }),
};
