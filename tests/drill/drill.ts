/**
 * `deno task drill [--seconds N] [--seed N] [--only FAULT,…] [--json] [--binary PATH]`: a real server, five backends
 * with their clients and callers, in processes of their own, while one fault after the other comes from a seed. First
 * over plain HTTP, then a while over TLS. `--binary` names an executable whose server is drilled; clients are always this
 * checkout's, since only those can be on simulated machines. Linux only: it stops, limits and replaces processes by its
 * means.
 *
 * Ends with 1 when
 * - a lease that was acknowledged and lives is not known after a restart or at the end, or when it is renewed;
 * - a session that was acknowledged lands elsewhere, though its backend was neither dead, silent nor failing;
 * - a request failed that was not in flight at a fault; `verdict.ts` says what that means, fault by fault;
 * - a killed backend gets a new request later than a second after it died (who stands on its port then counts
 *   connections; health probes are no requests), or a frozen one later than a second after its first time-out;
 * - a backend that fails fast (500s, broken off answers) spoils 0.1 % of the requests or more;
 * - the server does not do what it promises about a fault: says that its store is degraded and that it is well again,
 *   refuses a bad configuration and keeps the old one, shows a new certificate, ends with 0 when it is asked to.
 * Ends with 64 when it is called wrongly, with 70 when the drill itself could not go on, with 130 when it is interrupted.
 */
import { parseArgs } from "node:util";
import { Chance } from "../fuzz/chance.ts";
import { FAULT_KINDS, type FaultKind, planFaults } from "./fault_plan.ts";
import { obstacleOf } from "./faults/faults.ts";
import { type PhaseResult, runPhase } from "./phase.ts";
import { reportOf } from "./report.ts";
import { reportText } from "./report_text.ts";
import { MEMBERS, type PhaseKind } from "./stage.ts";

const EXIT_USAGE = 64;
const EXIT_SOFTWARE = 70;
/** As a shell reports SIGINT. */
const EXIT_INTERRUPTED = 130;
const SECONDS = 180;
/** Part of the time that goes to the phase with TLS, if there is another one. */
const TLS_SHARE = 0.2;
/** What is tried over TLS too, beside what only TLS has. */
const TLS_FAULTS: readonly FaultKind[] = [
  "certificate_swapped",
  "backend_killed",
  "server_stopped",
];
const USAGE =
  `Usage: deno task drill [--seconds N] [--seed N] [--only FAULT,...] [--json] [--binary PATH]
Faults: ${FAULT_KINDS.join(", ")}`;

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs the drill; the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const settings = settingsOf(args);
  if (settings === undefined) {
    console.error(USAGE);
    return EXIT_USAGE;
  }
  const { seconds, seed, wanted, json, binary } = settings;
  const say = (line: string) => console[json ? "error" : "log"](line);
  say(`Drilling for ${seconds} s from seed ${seed}`);
  using interrupted = interruption();
  const { signal } = interrupted;
  const notTried = wanted.flatMap((kind) => {
    const obstacle = obstacleOf(kind, binary);
    return obstacle === undefined ? [] : [`${kind}, since ${obstacle}`];
  });
  const kinds = wanted.filter((kind) => obstacleOf(kind, binary) === undefined);
  const chance = new Chance(seed);
  const results: PhaseResult[] = [];
  try {
    for (const { kind, faults, totalMs } of phasesOf(kinds, seconds * 1000)) {
      const plan = planFaults(faults, totalMs, MEMBERS, chance);
      results.push(
        await runPhase({ kind, plan, totalMs, seed, binary, signal, say }),
      );
    }
  } catch (error) {
    if (!signal.aborted) console.error(error);
    return signal.aborted ? EXIT_INTERRUPTED : EXIT_SOFTWARE;
  }
  const report = reportOf(seed, results, notTried);
  if (report.violations.length > 0) {
    for (const { warnings } of results) {
      for (const line of warnings) say(`server: ${line}`);
    }
  }
  console.log(json ? JSON.stringify(report) : reportText(report));
  return report.violations.length === 0 ? 0 : 1;
}

function settingsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string" },
      seed: { type: "string" },
      only: { type: "string" },
      binary: { type: "string" },
      json: { type: "boolean" },
    },
    strict: false,
  });
  const seconds = Number(values.seconds ?? SECONDS);
  const seed = Number(values.seed ?? Date.now() % 1e6);
  const only = values.only === undefined
    ? FAULT_KINDS
    : String(values.only).split(",");
  const wanted = FAULT_KINDS.filter((kind) => only.includes(kind));
  const isRight = seconds > 0 && Number.isInteger(seed) &&
    wanted.length === only.length;
  if (!isRight) return undefined;
  const binary = values.binary === undefined ? undefined : `${values.binary}`;
  return { seconds, seed, wanted, json: values.json === true, binary };
}

interface Phase {
  readonly kind: PhaseKind;
  readonly faults: readonly FaultKind[];
  readonly totalMs: number;
}

/** What needs TLS brings a phase with TLS about; the rest is tried without. */
function phasesOf(
  kinds: readonly FaultKind[],
  totalMs: number,
): readonly Phase[] {
  const plain = kinds.filter((kind) => kind !== "certificate_swapped");
  if (plain.length === kinds.length) {
    return [{ kind: "plain", faults: plain, totalMs }];
  }
  const tls = kinds.filter((kind) => TLS_FAULTS.includes(kind));
  if (plain.length === 0) return [{ kind: "tls", faults: tls, totalMs }];
  const tlsMs = totalMs * TLS_SHARE;
  return [
    { kind: "plain", faults: plain, totalMs: totalMs - tlsMs },
    { kind: "tls", faults: tls, totalMs: tlsMs },
  ];
}

/** Aborts when the drill is asked to end, so that it ends what it has started. */
function interruption(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const onSignal = () => controller.abort();
  const signals: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) {
        Deno.removeSignalListener(signal, onSignal);
      }
    },
  };
}
