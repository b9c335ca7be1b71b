/** Calls about the draining of one backend, and what to say when they are refused. */
import { suggest } from "../config/suggest.ts";
import { escapeInvisible } from "../log/escape_invisible.ts";
import type { ProblemBody } from "../wire/answers.ts";
import { clientViews } from "../wire/client_view.ts";
import { type DrainAnswer, drainAnswer } from "../wire/drain_answer.ts";
import { type ApiCall, type ApiTarget, callApi } from "./api_client.ts";
import type { Left } from "./drain_progress.ts";
import { detailOf, idInPath } from "./server_answer.ts";

/** Shows, begins or ends a drain; a body makes it a POST. */
export function drainCall(
  id: string,
  action: "drain" | "undrain",
  body?: Readonly<Record<string, number>>,
): ApiCall<DrainAnswer> {
  return {
    path: `/_opsen/backends/${idInPath(id) ?? "-"}/${action}`,
    answers: drainAnswer,
    ...(body !== undefined && { body }),
  };
}

/** What an answer says is left. */
export function leftOf(answer: DrainAnswer): Left {
  return answer.state === "none"
    ? { sessions: 0, requests: 0 }
    : { sessions: answer.sessions, requests: answer.in_flight };
}

/** The refusal in words, with the id that was meant most likely; without a line end. */
export async function refusalWords(
  target: ApiTarget,
  id: string,
  problem: ProblemBody,
): Promise<string> {
  const all = detailOf(problem, "/_opsen/backends/ID/drain").trimEnd();
  if (problem.code !== "unknown_client") return all;
  const words = escapeInvisible(problem.detail);
  const fleet = await callApi(target, {
    path: "/clients",
    answers: clientViews,
  });
  const backends = fleet.kind === "answer" ? fleet.answer : [];
  const hosted = backends.find(({ hostname }) => hostname === id);
  if (hosted !== undefined) {
    return `${words}; the backend on host "${id}" is called "${hosted.client_id}"`;
  }
  const meant = suggest(id, backends.map(({ client_id }) => client_id));
  return meant === undefined ? all : `${words}, did you mean "${meant}"`;
}
