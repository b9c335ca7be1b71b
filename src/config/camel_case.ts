/** How a key of the YAML file is called inside the program: `stale_minutes` becomes `staleMinutes`. */

/** The camel case form of a snake case name, as a type. */
export type CamelCase<Name extends string> = Name extends
  `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** The camel case form of a snake case name. */
export function camelCase<Name extends string>(name: Name): CamelCase<Name> {
  return name.replaceAll(
    /_([a-z0-9])/g,
    (_, letter: string) => letter.toUpperCase(),
  ) as CamelCase<Name>;
}
