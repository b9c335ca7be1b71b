/** A program that is configured: its sections of keys, in the order people read them. */
import type { Keys } from "./key.ts";

/** The server or the client, as far as its configuration goes. */
export interface Role<Table extends Keys = Keys> {
  readonly name: RoleName;
  readonly sections: readonly Section[];
  /** All keys of all sections. */
  readonly keys: Table;
}

/** Name of a role, which is also the name of its subcommand. */
export type RoleName = "server" | "client";

/** Keys under one heading. */
export interface Section {
  readonly title: string;
  readonly keys: Keys;
}

/** A role from its sections by title. */
export function role<const Sections extends Readonly<Record<string, Keys>>>(
  name: RoleName,
  sections: Sections,
): Role<Merged<Sections>> {
  return {
    name,
    sections: Object.entries(sections).map(([title, keys]) => ({
      title,
      keys,
    })),
    keys: Object.assign({}, ...Object.values(sections)),
  };
}

/** One table of the keys of all sections: the union of the tables, turned into their intersection. */
type Merged<Sections extends Readonly<Record<string, Keys>>> = {
  [Title in keyof Sections]: (table: Sections[Title]) => void;
}[keyof Sections] extends (table: infer Table extends Keys) => void ? Table
  : never;
