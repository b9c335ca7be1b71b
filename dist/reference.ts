/** Writes the guide with every configuration key: `deno task reference`. A test holds it to the tables of keys. */
import { CLIENT_ROLE } from "../src/config/client_keys.ts";
import { referenceTable } from "../src/config/reference_table.ts";
import { SERVER_ROLE } from "../src/config/server_keys.ts";

/** Where it stands. */
export const REFERENCE = new URL("docs/configuration.md", import.meta.url);

/** The guide as it should be. */
export function reference(): string {
  return `# Configuration

Part of the [guides](README.md). Every key of both files, made from the tables
that read them (\`opsen config reference\`). Flags win over \`OPSEN_*\` variables,
these over the file, this over defaults.

## server.yml

${referenceTable(SERVER_ROLE)}
## client.yml

${referenceTable(CLIENT_ROLE)}`;
}

if (import.meta.main) await Deno.writeTextFile(REFERENCE, reference());
