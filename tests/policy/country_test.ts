import assert from "node:assert/strict";
import { countryCodeOf } from "../../src/policy/country.ts";

Deno.test("a country is known by its code, in any case, and by codes that it had", () => {
  for (const text of ["FR", "fr", " Fr "]) {
    assert.equal(countryCodeOf(text), "FR");
  }
  assert.equal(countryCodeOf("UK"), "GB");
  assert.equal(countryCodeOf("XK"), "XK");
});

Deno.test("a country is known by its English name, as the Go client sends it", () => {
  assert.equal(countryCodeOf("United States"), "US");
  assert.equal(countryCodeOf("united kingdom"), "GB");
  assert.equal(countryCodeOf("Hong Kong"), "HK");
  assert.equal(countryCodeOf("Czech Republic"), "CZ");
});

Deno.test("what is no country has no code", () => {
  const texts = ["", "unknown", "XX", "ZZ", "EU", "UN", "F", "FRA", "Atlantis"];
  for (const text of [...texts, "x".repeat(10_000)]) {
    assert.equal(countryCodeOf(text), undefined, text);
  }
});

Deno.test("a country is known however its name is spelt: accents, saints and ands", () => {
  const names = {
    BA: ["Bosnia and Herzegovina", "Bosnia & Herzegovina"],
    CD: ["DR Congo", "Democratic Republic of the Congo", "Congo - Kinshasa"],
    CG: ["Congo Republic", "Republic of the Congo"],
    CI: ["Ivory Coast", "Cote d'Ivoire", "Côte d\u2019Ivoire"],
    CW: ["Curacao", "Curaçao"],
    HK: ["Hong Kong"],
    KN: ["Saint Kitts and Nevis", "St Kitts & Nevis"],
    LC: ["St. Lucia", "Saint Lucia"],
    MM: ["Myanmar", "Myanmar (Burma)"],
    MO: ["Macao", "Macau"],
    NL: ["Netherlands", "The Netherlands"],
    ST: ["Sao Tome and Principe", "São Tomé & Príncipe"],
    TR: ["Turkey", "Türkiye"],
    US: ["USA", "United States of America"],
  };
  for (const [code, spellings] of Object.entries(names)) {
    for (const name of spellings) assert.equal(countryCodeOf(name), code, name);
  }
});

Deno.test("every country's name as the runtime has it is one country's", () => {
  const english = new Intl.DisplayNames(["en"], { type: "region" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  let known = 0;
  for (const code of letters.flatMap((a) => letters.map((b) => a + b))) {
    if (countryCodeOf(code) !== code) continue;
    assert.equal(countryCodeOf(english.of(code) ?? ""), code);
    known++;
  }
  assert.ok(known > 240, `${known}`);
});
