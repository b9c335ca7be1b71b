/**
 * The page's modules as one script. A browser asks for every file each time, and whoever loads the page a few times in a
 * minute must not use up what an address may ask for.
 */

/**
 * Every module that the first one needs, each in a function of its own, so that names which they keep to themselves don't
 * meet. Of what modules can say this knows what the page's say: `import { a, b } from "./file.js"`, and `export` before
 * a class, a constant or a function. Throws for a module that is missing or part of a circle.
 */
export function oneScript(
  modules: Readonly<Record<string, string>>,
  first: string,
): string {
  const done = new Map<string, string>();
  const begun = new Set<string>();
  const add = (name: string): void => {
    const text = modules[name];
    if (text === undefined || begun.has(name)) {
      const fault = text === undefined ? "it is missing" : "it needs itself";
      throw new TypeError(`Cannot put "${name}" into one script: ${fault}`);
    }
    begun.add(name);
    for (const [, , needed = ""] of text.matchAll(IMPORT)) {
      if (!done.has(needed)) add(needed);
    }
    done.set(name, enclosed(name, text));
  };
  add(first);
  return [...done.values()].join("");
}

const IMPORT = /^import (\{[^}]*\}) from "\.\/([\w-]+\.js)";$/gm;
const EXPORT = /^export ((?:async )?(?:function|class|const) (\w+))/gm;

function enclosed(name: string, text: string): string {
  const told = [...text.matchAll(EXPORT)].map(([, , told]) => told);
  const body = text
    .replace(IMPORT, (_, names, file) => `const ${names} = ${placeOf(file)};`)
    .replace(EXPORT, "$1");
  return `const ${placeOf(name)} = (() => {\n${body}return { ${
    told.join(", ")
  } };\n})();\n`;
}

/** What the exports of a file are held in. */
function placeOf(file: string): string {
  return `of_${file.replace(/\W/g, "_")}`;
}
