/**
 * Every command line of the README and the guides is run against a real server, and every piece of configuration is
 * loaded. What needs a whole machine (a package manager, a service manager) meets a stand-in; what a block names
 * (`deno task X`) must be there.
 */
import assert from "node:assert/strict";
import program from "../../deno.json" with { type: "json" };
import { eventually } from "../e2e/eventually.ts";
import { loadServerText } from "../config/load_text.ts";
import { type Fence, fencesOf } from "./fences.ts";
import { World } from "./world.ts";

const ROOT = new URL("../../", import.meta.url);
const GUIDES = [
  "README.md",
  ...[...Deno.readDirSync(new URL("dist/docs/", ROOT))]
    .map(({ name }) => `dist/docs/${name}`).toSorted(),
];

for (const guide of GUIDES) {
  const fences = fencesOf(Deno.readTextFileSync(new URL(guide, ROOT)));
  const commands = fences.filter(({ language }) => language === "sh");
  if (commands.length > 0) {
    Deno.test(`the commands of ${guide} do what it says`, async () => {
      await using world = await World.open();
      for (const fence of commands) await tryOut(fence, guide, world);
    });
  }
  for (const fence of fences) {
    const where = `${guide}:${fence.line}`;
    if (fence.language === "yaml" && fence.note === "") {
      Deno.test(`the configuration in ${where} is one`, async () => {
        const loaded = await loadServerText(fence.code);
        assert.equal(loaded.kind, "loaded", JSON.stringify(loaded));
      });
    }
    if (fence.language === "json") {
      Deno.test(`the answer in ${where} is JSON`, () => {
        JSON.parse(fence.code);
      });
    }
  }
}

async function tryOut(
  { code, note, line }: Fence,
  guide: string,
  world: World,
): Promise<void> {
  const where = `${guide}:${line}`;
  await world.refresh();
  await world.decide();
  for (const [, task = ""] of code.matchAll(/\btask ([\w:]+)/g)) {
    assert.ok(task in program.tasks, `${where}: there is no task ${task}`);
  }
  if (note === "runs") return await runsOn(code, world);
  const wanted = Number(/^exit (\d+)$/.exec(note)?.[1] ?? 0);
  const ran = await world.run(code);
  assert.equal(ran.code, wanted, `${where}\n${code}\n${ran.output}`);
}

/** A server answers, a client has registered. */
async function runsOn(code: string, world: World): Promise<void> {
  const { server } = world;
  const before = (await clients(world)).length;
  const isThere = /\bopsen client\b/.test(code)
    ? async () => (await clients(world)).length > before
    : () => isWell(world.ownServerUrl);
  await world.runUntil(code, isThere);
  await eventually(
    "the server is well",
    async () => (await server.get("/health")).status === 200,
  );
}

async function clients({ server }: World): Promise<readonly unknown[]> {
  const { body } = await server.get("/clients", { "x-api-key": "change-me" });
  return body as unknown as readonly unknown[];
}

async function isWell(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.ok;
}
