/** `opsen audit`: who did what, to what, from where, and how it ended. */
import { beginMs } from "../policy/instant.ts";
import {
  type AuditAnswer,
  auditAnswer,
  type AuditLine,
} from "../wire/audit_answer.ts";
import { AUDIT_PAGE_MAX } from "../wire/bounds.ts";
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import { durationMs } from "../policy/duration.ts";
import { type AskOptions, endUsage, serverAnswer } from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

interface AuditOptions extends AskOptions {
  readonly since?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly limit?: string;
}

const LIMIT_DEFAULT = "50";

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .option("--since <when>", "not older: 24h, 7d, 2026-01-31, or an instant")
    .option("--actor <name>", "what was done with this key alone")
    .option("--action <name>", "this alone, such as backend.drain")
    .option("--limit <n>", `newest lines (default ${LIMIT_DEFAULT})`)
    .option("--json", "print JSON as GET /_opsen/audit answers it")
    .addHelpText("after", `\n${WHAT_IS_KEPT}.`)
    .action((options: AuditOptions) => list(options, shell));
};

const WHAT_IS_KEPT =
  "The server keeps the trail for audit_retention_days (default 90); WHO is the name of a key, or signal, file or url for a configuration that came by itself";

async function list(options: AuditOptions, shell: Shell): Promise<void> {
  const { since, actor, action, limit = LIMIT_DEFAULT } = options;
  if (!/^[1-9][0-9]{0,8}$/.test(limit) || Number(limit) > AUDIT_PAGE_MAX) {
    return endUsage(
      `--limit: found "${limit}", wanted a whole number from 1 to ${AUDIT_PAGE_MAX}`,
      shell,
    );
  }
  const sinceMs = since === undefined ? 0 : sinceMsOf(since);
  if (sinceMs === undefined) {
    return endUsage(
      `--since: found "${since}", wanted a duration such as 24h, a day such as 2026-01-31, or an instant such as 2026-01-31T12:00:00Z`,
      shell,
    );
  }
  const query = new URLSearchParams({
    limit,
    ...(since !== undefined && { since: new Date(sinceMs).toISOString() }),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
  });
  const call = { path: `/_opsen/audit?${query}`, answers: auditAnswer };
  const answer = await serverAnswer(call, options, shell);
  if (answer === undefined) return;
  shell.out(
    options.json ? `${JSON.stringify(answer, null, 2)}\n` : tableOf(answer),
  );
}

function sinceMsOf(text: string): number | undefined {
  const agoMs = durationMs(text);
  return agoMs === undefined ? beginMs(text) : Math.max(0, Date.now() - agoMs);
}

function tableOf({ entries }: AuditAnswer): string {
  if (entries.length === 0) return "No such lines in the audit trail\n";
  return textTable(
    ["TIME", "WHO", "WHAT", "TARGET", "FROM", "RESULT"]
      .map((title) => ({ title })),
    entries.map(cellsOf),
  );
}

function cellsOf(line: AuditLine): readonly string[] {
  const { at, actor, action, target = "-", from = "-", result } = line;
  return [at.replace(/\.\d+Z$/, "Z"), actor, action, target, from, result];
}
