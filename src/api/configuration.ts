/** `/_opsen/config/…`: loads the configuration again, brings an older one back, and tells what came of it. */
import {
  type ConfigHistoryAnswer,
  reloadAnswerOf,
  reloadBody,
  rollbackBody,
} from "../wire/config_answer.ts";
import type {
  ConfigControl,
  ReloadOutcome,
  UnknownVersion,
} from "../wire/reload_outcome.ts";
import type { ApiDeps } from "./api_deps.ts";
import { answer, type Endpoint, type Outcome } from "./endpoint.ts";
import { optionalJsonHandler } from "./optional_body.ts";
import { type Problem, problem } from "./problems.ts";

/** The configuration's life. The texts are never shown: they hold keys. */
export function configuration(
  { configuration: control, settings }: ApiDeps,
): readonly Endpoint[] {
  return [
    {
      path: "/_opsen/config/reload",
      methods: ["POST"],
      access: "admin",
      action: "config.reload",
      handle: optionalJsonHandler(
        reloadBody,
        settings,
        async ({ isForced }) =>
          control === undefined
            ? notReloadable()
            : outcomeAnswer(await control.reload("api", isForced)),
      ),
    },
    {
      path: "/_opsen/config/rollback",
      methods: ["POST"],
      access: "admin",
      action: "config.rollback",
      handle: optionalJsonHandler(
        rollbackBody,
        settings,
        async ({ version }) =>
          control === undefined
            ? notReloadable()
            : outcomeAnswer(await control.rollback(version)),
      ),
    },
    {
      path: "/_opsen/config/history",
      methods: ["GET"],
      access: "read",
      handle: () =>
        control === undefined ? notReloadable() : answer(historyOf(control)),
    },
  ];
}

function outcomeAnswer(outcome: ReloadOutcome | UnknownVersion): Outcome {
  switch (outcome.kind) {
    case "applied":
    case "unchanged":
      return answer(reloadAnswerOf(outcome));
    case "refused":
      return problem(
        "config_refused",
        `Configuration refused, version ${outcome.version} stays in force`,
        { problems: outcome.problems },
      );
    case "failed":
      return problem(
        "config_not_applied",
        `Configuration not applied, version ${outcome.version} stays in force; the log says why`,
      );
    case "unknown_version":
      return problem("unknown_version", unknownDetail(outcome));
  }
}

function unknownDetail({ kept }: UnknownVersion): string {
  return kept.length < 2
    ? "No such version: none can be brought back"
    : `No such version: those that can be brought back are ${kept.join(", ")}`;
}

function historyOf(control: ConfigControl): ConfigHistoryAnswer {
  const { version, hash } = control.current();
  return {
    version,
    hash,
    kept_versions: [...control.versions()],
    history: control.history().map(reloadAnswerOf),
  };
}

function notReloadable(): Problem {
  return problem(
    "not_reloadable",
    "This server keeps the configuration that it was started with",
  );
}
