/** Countries by their ISO 3166-1 alpha-2 codes; machines tell theirs as a code or, the Go client's, by its English name. */

/** Longest text that is looked at; names of countries are far shorter. */
const NAME_LENGTH_MAX = 100;

/** What the runtime has names for and is no country. */
const NO_COUNTRIES = ["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"];

/** Names in use, as {@link plain} has them, that the runtime's data calls otherwise: those of GeoLite2 and of ipapi.co. */
const OTHER_NAMES: readonly (readonly [string, string])[] = [
  ["bonaire sint eustatius and saba", "BQ"],
  ["burma", "MM"],
  ["cabo verde", "CV"],
  ["congo republic", "CG"],
  ["czech republic", "CZ"],
  ["democratic republic of the congo", "CD"],
  ["dr congo", "CD"],
  ["east timor", "TL"],
  ["falkland islands", "FK"],
  ["great britain", "GB"],
  ["hashemite kingdom of jordan", "JO"],
  ["holy see", "VA"],
  ["hong kong", "HK"],
  ["ivory coast", "CI"],
  ["macao", "MO"],
  ["macau", "MO"],
  ["macedonia", "MK"],
  ["myanmar", "MM"],
  ["palestine", "PS"],
  ["republic of korea", "KR"],
  ["republic of lithuania", "LT"],
  ["republic of moldova", "MD"],
  ["republic of the congo", "CG"],
  ["russian federation", "RU"],
  ["swaziland", "SZ"],
  ["turkey", "TR"],
  ["united states of america", "US"],
  ["usa", "US"],
  ["viet nam", "VN"],
];

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** What the runtime knows of countries, which it reads when the first is met: that takes 5 MB, much for a client. */
class Countries {
  #names: Intl.DisplayNames | undefined;
  #codes: ReadonlyMap<string, string> | undefined;

  /** The code of a country that goes by a code. */
  codeInUse(letters: string): string | undefined {
    const { region = "ZZ" } = new Intl.Locale(`und-${letters}`);
    const isCountry = this.#nameOf(region) !== undefined &&
      !NO_COUNTRIES.includes(region);
    return isCountry ? region : undefined;
  }

  /** The code of a country by its English name, {@link plain}. */
  codeOfName(name: string): string | undefined {
    // Made when the first name is met: a fleet that speaks in codes never needs it.
    this.#codes ??= new Map([...OTHER_NAMES, ...this.#namesAndCodes()]);
    return this.#codes.get(name);
  }

  #namesAndCodes(): readonly (readonly [string, string])[] {
    return LETTERS.flatMap((a) => LETTERS.map((b) => a + b)).flatMap(
      (letters) => {
        const code = this.codeInUse(letters);
        const name = code === undefined ? undefined : this.#nameOf(code);
        return code === undefined || name === undefined
          ? []
          : [[plain(name), code] as const];
      },
    );
  }

  #nameOf(code: string): string | undefined {
    this.#names ??= new Intl.DisplayNames(["en"], {
      type: "region",
      fallback: "none",
    });
    return this.#names.of(code);
  }
}

const countries = new Countries();

/**
 * The code, in capital letters, of a country that is given by its code (also an old or reserved one such as UK) or by its
 * English name; undefined when there is no such country.
 */
export function countryCodeOf(country: string): string | undefined {
  const text = country.trim();
  if (text === "" || text.length > NAME_LENGTH_MAX) return undefined;
  return /^[A-Za-z]{2}$/.test(text)
    ? countries.codeInUse(text)
    : countries.codeOfName(plain(text));
}

/** A name without what its spellings differ in: "St. Kitts & Nevis" is "Saint Kitts and Nevis". */
function plain(name: string): string {
  return name.toLowerCase().normalize("NFD").replaceAll(/[\p{M}.,]/gu, "")
    .replaceAll("\u2019", "'").replaceAll("&", "and")
    .replace(/^the /, "").replace(/^st /, "saint ");
}
