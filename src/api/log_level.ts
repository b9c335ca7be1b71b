/** `/_opsen/log-level`: shows the level of the log, changes it for a while, and ends that. */
import type { LogLevelControl } from "../traffic_ports.ts";
import { type LogLevelAnswer, logLevelBody } from "../wire/log_level.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint, type Outcome } from "./endpoint.ts";
import { jsonHandler } from "./json_handler.ts";
import { problem } from "./problems.ts";

const PATH = "/_opsen/log-level";

/** The level of the log. */
export function logLevel(
  { logLevel: control, settings }: ApiDeps,
): readonly Endpoint[] {
  return [
    {
      path: PATH,
      methods: ["GET"],
      access: "read",
      handle: () => withControl(control, shown),
    },
    {
      path: PATH,
      methods: ["POST"],
      access: "admin",
      action: "log.level",
      handle: jsonHandler(
        logLevelBody,
        settings,
        ({ level, forMs }) =>
          withControl(control, (control) => {
            control.set(level, forMs);
            return shown(control, level);
          }),
      ),
    },
    {
      path: PATH,
      methods: ["DELETE"],
      access: "admin",
      action: "log.level",
      handle: () =>
        withControl(control, (control) => {
          control.reset();
          return shown(control, "configured");
        }),
    },
  ];
}

function withControl(
  control: LogLevelControl | undefined,
  act: (control: LogLevelControl) => Outcome,
): Outcome {
  return control === undefined
    ? problem(
      "log_level_fixed",
      "The log of this server keeps the level that it was started with",
    )
    : act(control);
}

/** `target` is for the audit trail. */
function shown(control: LogLevelControl, target?: string): Outcome {
  const { level, untilMs } = control.current();
  const body: LogLevelAnswer = {
    level,
    ...(untilMs !== undefined && { until: new Date(untilMs).toISOString() }),
  };
  return answer(body, target === undefined ? undefined : { target });
}
