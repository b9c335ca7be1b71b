/** What goes along with the executables: examples, completions, manuals, dashboards, guides. The same for all machines. */
import { COMMANDS } from "../../src/cli/commands.ts";
import { opsenSays } from "./opsen_says.ts";
import {
  diskFile,
  diskFolder,
  type ReleaseFile,
  textFile,
} from "./release_file.ts";

/** The files, by what they are for; paths are relative to a folder of that kind. */
export interface Accompanying {
  readonly bash: string;
  readonly zsh: string;
  readonly fish: string;
  /** Manual pages, below a folder for each section; none where the program makes none. */
  readonly manuals: readonly ReleaseFile[];
  /** Every key at its default, by role. */
  readonly examples: Readonly<Record<"server" | "client", string>>;
  /** JSON Schemas of both configurations. */
  readonly schemas: readonly ReleaseFile[];
  /** Prometheus rules, Grafana dashboards, the API description. */
  readonly observing: readonly ReleaseFile[];
  /** README and guides, with their paths in the repository. */
  readonly guides: readonly ReleaseFile[];
  /** Dockerfile and compose file. */
  readonly container: readonly ReleaseFile[];
}

/** Collects them from the repository at `root`; manuals are written to the empty folder `scratch` on the way. */
export async function accompanying(
  root: string,
  scratch: string,
): Promise<Accompanying> {
  const config = async (what: string, role: string) =>
    await opsenSays(["config", what, "--role", role]);
  const dist = `${root}/dist`;
  return {
    bash: await opsenSays(["completions", "bash"]),
    zsh: await opsenSays(["completions", "zsh"]),
    fish: await opsenSays(["completions", "fish"]),
    manuals: await manuals(scratch),
    examples: {
      server: await config("example", "server"),
      client: await config("example", "client"),
    },
    schemas: [
      textFile("server.schema.json", await config("schema", "server")),
      textFile("client.schema.json", await config("schema", "client")),
    ],
    observing: [
      ...diskFolder("prometheus", `${dist}/prometheus`),
      ...diskFolder("grafana", `${dist}/grafana`),
      diskFile("openapi.json", `${dist}/openapi.json`),
    ],
    guides: guides(root),
    container: diskFolder(".", `${dist}/container`),
  };
}

async function manuals(scratch: string): Promise<ReleaseFile[]> {
  if (!COMMANDS.some(({ name }) => name === "man")) return [];
  await opsenSays(["man", "--dir", scratch]);
  return diskFolder(".", scratch);
}

/** README and guides as they are in the repository. */
function guides(root: string): ReleaseFile[] {
  return [
    diskFile("README.md", `${root}/README.md`),
    diskFile("CHANGELOG.md", `${root}/CHANGELOG.md`),
    ...diskFolder("dist/docs", `${root}/dist/docs`),
  ];
}
