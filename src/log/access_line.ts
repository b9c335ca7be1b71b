/**
 * One request as a line of the log, in the forms that `text_line.ts` and `json_line.ts` give other lines, but put
 * together without a walk through unknown data: there may be one for every request. Owner of the text of one second.
 */
import type { LineSink } from "../ports.ts";
import type { RequestRecord } from "../traffic_ports.ts";
import { escapeInvisible } from "./escape_invisible.ts";
import type { LogLevel } from "./log_level.ts";
import { maskSecrets } from "./secrets.ts";
import { levelName, quoted } from "./text_line.ts";

/** Durations are told to a thousandth of a millisecond. */
const PARTS_OF_MS = 1000;

/** Puts lines together. */
export class AccessLines {
  readonly #sink: LineSink;
  #second = NaN;
  #secondText = "";

  /** Lines in the form that the sink takes. */
  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** The line about a request that has ended at this moment of the wall clock. */
  lineOf(record: RequestRecord, level: LogLevel, wallMs: number): string {
    const { isJson, isColoured } = this.#sink;
    const at = this.#timestamp(wallMs);
    return isJson
      ? `{"timestamp":"${at}","level":"${level}","module":"access","line":"src/log/access_line.ts","message":"Request","data":{${
        valuesOf(record, JSON_FORM).slice(1)
      }}}\n`
      : `${at} ${levelName(level, isColoured)} access: Request${
        valuesOf(record, TEXT_FORM)
      }\n`;
  }

  /** As `Date.toISOString` has it, which takes longer than all the rest of a line. */
  #timestamp(wallMs: number): string {
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1000).toISOString().slice(0, 20);
    }
    const ms = Math.floor(wallMs - second * 1000);
    return `${this.#secondText}${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}Z`;
  }
}

/** How a name and its value stand in a line. */
interface Form {
  readonly before: string;
  readonly between: string;
  readonly text: (value: string) => string;
}

const JSON_FORM: Form = { before: ',"', between: '":', text: jsonText };
const TEXT_FORM: Form = { before: " ", between: "=", text: quoted };

/** All that is known, each with what stands before a value. */
function valuesOf(record: RequestRecord, form: Form): string {
  const { decidedAt, connectedAt, answeredAt, startedAt, endedAt } = record;
  return text(form, "requestId", record.requestId) +
    text(form, "caller", record.callerIp) +
    text(form, "method", record.method) +
    text(form, "target", maskSecrets(record.target)) +
    number(form, "status", record.status) +
    text(form, "end", record.end) +
    text(form, "tier", record.tier) +
    text(form, "backend", record.backendId) +
    text(form, "code", record.code) +
    text(form, "stickiness", record.stickiness) +
    (record.kind === "proxied"
      ? number(form, "attempts", record.attempts)
      : "") +
    number(form, "bytesIn", record.bytesIn) +
    number(form, "bytesOut", record.bytesOut) +
    span(form, "totalMs", startedAt, endedAt) +
    span(form, "decisionMs", startedAt, decidedAt) +
    (record.kind === "proxied"
      ? span(form, "connectMs", decidedAt ?? startedAt, connectedAt)
      : "") +
    span(form, "firstByteMs", connectedAt, answeredAt);
}

function text(form: Form, name: string, value: string | undefined): string {
  return value === undefined
    ? ""
    : form.before + name + form.between + form.text(value);
}

function number(form: Form, name: string, value: number): string {
  return form.before + name + form.between + value;
}

function span(
  form: Form,
  name: string,
  from: number | undefined,
  to: number | undefined,
): string {
  if (from === undefined || to === undefined) return "";
  const ms = Math.round((to - from) * PARTS_OF_MS) / PARTS_OF_MS;
  return number(form, name, ms);
}

/** Nearly every value. */
const PLAIN = /^[ !#-[\]-~]*$/;

function jsonText(value: string): string {
  return PLAIN.test(value)
    ? `"${value}"`
    : escapeInvisible(JSON.stringify(value));
}
