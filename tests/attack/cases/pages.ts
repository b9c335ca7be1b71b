/** Pages of other sites that have their reader's browser ask for something. */
import { type AttackKind, expect } from "../case.ts";
import { NEEDS } from "../needs.ts";
import { ask, codeIn, say, told } from "../say.ts";
import type { AttackedServer } from "../stage.ts";

/** What browsers add, of today and of yesterday. */
const SIGNS: readonly (readonly string[])[] = [
  ["Sec-Fetch-Site: cross-site", "Origin: https://evil.example"],
  ["Sec-Fetch-Site: same-site", "Origin: http://localhost:81"],
  ["Origin: https://evil.example"],
  ["Origin: null"],
];
/** What a form may say its body is. */
const FORM = "Content-Type: text/plain";

/** All about pages of other sites. */
export const PAGES: AttackKind = {
  kind: "pages",
  cases: [
    {
      name: "a form of another site sent to every path that changes something",
      expects: "403 cross_site",
      isQuick: true,
      run: async (stage) => await refusesForms(await stage.server()),
    },
    {
      name: "the same where no key is asked for",
      expects: "403 cross_site",
      run: async (stage) =>
        await refusesForms(await stage.server({ server_key: "" })),
    },
  ],
};

async function refusesForms({ port }: AttackedServer): Promise<void> {
  const changes = Object.keys(NEEDS).filter((key) => !key.startsWith("GET "));
  expect(changes.length >= 20, () => `${changes.length} paths`);
  for (const change of changes) {
    const start = change.replace(/:\w+/g, "one");
    for (const fields of SIGNS) {
      const heard = await say(port, ask(start, [...fields, FORM], "{}"));
      expect(
        codeIn(heard.answers[0]) === "cross_site",
        () => `${start} ${fields}: ${told(heard)}`,
      );
    }
  }
}
