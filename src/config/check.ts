/**
 * Holds what was given against the table of keys, and makes the configuration object of it. A value that is wrong is
 * reported and replaced by its default, so that everything else can still be checked.
 */
import { camelCase } from "./camel_case.ts";
import { checkScalar, type ScalarShape } from "./check_scalar.ts";
import { defaultOf, defaultsOf, FAULTY, type Values } from "./default_of.ts";
import type { Findings } from "./findings.ts";
import { describe, type Given, type GivenGroup, quoted } from "./given.ts";
import type { Key, Keys, KeyState } from "./key.ts";
import type { ListShape, Shape, TextOrGroupShape } from "./shape.ts";
import { suggest } from "./suggest.ts";
import { wantedText } from "./wanted_text.ts";

/** Most key names that a message lists. */
const NAMES_MAX = 12;

/** Where a value stands: its path, and what the keys around it say of it. */
export interface Place {
  readonly path: string;
  /** It, or something in it, must not be shown. */
  readonly secret: boolean;
  /** State of the innermost key that has one. */
  readonly state: KeyState | undefined;
}

/** The place of the whole file. */
export const TOP: Place = { path: "", secret: false, state: undefined };

/** Checks a group against its keys; keys that nobody gave get their defaults. */
export function checkKeys(
  keys: Keys,
  given: GivenGroup | undefined,
  place: Place,
  findings: Findings,
): Values | typeof FAULTY {
  for (const [name, { spot }] of given?.entries ?? []) {
    if (Object.hasOwn(keys, name)) continue;
    findings.refuse({
      spot,
      path: place.secret ? place.path : join(place.path, shown(name)),
      found: "an unknown key",
      wanted: unknownWanted(keys, name),
    });
  }
  const values: Values = {};
  let complete = true;
  for (const [name, key] of Object.entries(keys)) {
    const value = checkKey(name, key, given, place, findings);
    if (value === FAULTY) complete = false;
    else values[camelCase(name)] = value;
  }
  return complete ? values : FAULTY;
}

/** Checks one value against a shape. */
export function check(
  shape: Shape,
  given: Given,
  place: Place,
  findings: Findings,
): unknown {
  switch (shape.kind) {
    case "list":
      return checkList(shape, given, place, findings);
    case "group":
      return given.kind === "group"
        ? checkKeys(shape.keys, given, place, findings)
        : refuse(shape, given, place, findings);
    case "text_or_group":
      return checkTextOrGroup(shape, given, place, findings);
    case "flag":
    case "whole":
    case "number":
    case "text":
    case "choice":
      return checkSingle(shape, given, place, findings);
  }
}

function checkKey(
  name: string,
  key: Key,
  group: GivenGroup | undefined,
  around: Place,
  findings: Findings,
): unknown {
  const place: Place = {
    path: join(around.path, name),
    secret: key.secret,
    state: key.state ?? around.state,
  };
  const given = group?.entries.get(name)?.value;
  if (given === undefined || given.kind === "nothing") {
    if (key.absent.kind === "required") {
      findings.refuse({
        spot: given?.spot ?? group?.spot,
        path: place.path,
        found: "nothing",
        wanted: wantedText(key.shape),
      });
    }
    return defaultOf(key);
  }
  findings.set(
    place.path,
    given.spot,
    key.shape.kind === "group" ? undefined : place.state,
  );
  const value = check(key.shape, given, place, findings);
  return value === FAULTY ? defaultOf(key) : value;
}

function checkList(
  shape: ListShape,
  given: Given,
  place: Place,
  findings: Findings,
): unknown {
  const items = given.kind === "words" ? splitWords(given) : given;
  if (items.kind !== "list") return refuse(shape, given, place, findings);
  if (items.items.length > shape.itemsMax) {
    const { path } = place;
    const found = `a list of ${items.items.length}`;
    const wanted = `at most ${shape.itemsMax}`;
    findings.refuse({ spot: given.spot, path, found, wanted });
    return FAULTY;
  }
  return items.items
    .map((item, index) => {
      const path = `${place.path}[${index}]`;
      findings.set(path, item.spot, undefined);
      return check(
        shape.items,
        item,
        { ...place, path, state: undefined },
        findings,
      );
    })
    .filter((value) => value !== FAULTY);
}

/** A list on the command line or in a variable: parts between commas, without the spaces around them. */
function splitWords(given: Given & { kind: "words" }): Given {
  const { value, spot } = given;
  const items = value.split(",").map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => ({ kind: "words" as const, value: part, spot }));
  return { kind: "list", items, spot };
}

function checkTextOrGroup(
  shape: TextOrGroupShape,
  given: Given,
  place: Place,
  findings: Findings,
): unknown {
  if (given.kind === "group") {
    return checkKeys(shape.keys, given, place, findings);
  }
  const value = checkSingle(
    { kind: "text", format: shape.format },
    given,
    place,
    findings,
  );
  if (value === FAULTY) return FAULTY;
  return { ...defaultsOf(shape.keys), [camelCase(shape.textKey)]: value };
}

function checkSingle(
  shape: ScalarShape,
  given: Given,
  place: Place,
  findings: Findings,
): unknown {
  const outcome = checkScalar(shape, given);
  if (outcome.kind === "value") return outcome.value;
  return refuse(shape, given, place, findings, outcome.wanted);
}

function refuse(
  shape: Shape,
  given: Given,
  { path, secret }: Place,
  findings: Findings,
  wanted = wantedText(shape),
): typeof FAULTY {
  const found = describe(given, secret);
  findings.refuse({ spot: given.spot, path, found, wanted });
  return FAULTY;
}

function unknownWanted(keys: Keys, name: string): string {
  const names = Object.keys(keys);
  const close = suggest(name, names);
  if (close !== undefined) return quoted(close);
  return names.length > NAMES_MAX
    ? "a key that opsen config example shows"
    : `one of ${names.join(", ")}`;
}

/** A name as it can stand in a path: as it is, or quoted when it holds anything but letters. */
function shown(name: string): string {
  return /^\w{1,60}$/.test(name) ? name : quoted(name);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
