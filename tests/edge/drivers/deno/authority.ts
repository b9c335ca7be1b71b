/** An authority for tests, made by Debian's `openssl`: certificates of any purpose and any time. */
import type { Certificate } from "./certificates.ts";

/** What a certificate says. */
export interface Wanted {
  /** The common name. */
  readonly name: string;
  /** Further lines of its extensions, in the words of openssl. */
  readonly extensions?: readonly string[];
  /** Whether it may issue others; not when absent. */
  readonly isAuthority?: boolean;
  /** When it ends; in two days when absent. It begins ten days before. */
  readonly until?: Date;
}

const DAY_MS = 86_400_000;
const FRESH = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RULES = `[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = leaf
unique_subject = no
[any]
commonName = supplied
[leaf]
`;

/** Issues certificates; its folder goes with it. */
export class Authority implements AsyncDisposable {
  readonly #folder: string;
  /** Its own certificate, PEM. */
  readonly pem: string;

  private constructor(folder: string, pem: string) {
    this.#folder = folder;
    this.pem = pem;
  }

  /** A new one that nobody else trusts, or one that another vouches for. */
  static async make(above?: Authority): Promise<Authority> {
    const folder = await Deno.makeTempDir();
    if (above === undefined) {
      await openssl(
        folder,
        ...["req", "-x509", ...FRESH, "-nodes", "-days", "2"],
        ...["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=an authority"],
      );
    } else {
      const name = "one in between";
      const { cert, key } = await above.issue({ name, isAuthority: true });
      await Deno.writeTextFile(`${folder}/ca.pem`, cert);
      await Deno.writeTextFile(`${folder}/ca.key`, key);
    }
    await Deno.writeTextFile(`${folder}/index.txt`, "");
    await Deno.writeTextFile(`${folder}/serial`, "01\n");
    const pem = await Deno.readTextFile(`${folder}/ca.pem`);
    return new Authority(folder, pem);
  }

  /** For a server of these names. */
  forHosts(...hosts: readonly string[]): Promise<Certificate> {
    const names = hosts.map((host) => `DNS:${host}`).join();
    const extensions = [`subjectAltName = ${names}`];
    return this.issue({ name: hosts[0] ?? "", extensions });
  }

  /** For a client. */
  forClient(wanted: Partial<Wanted> = {}): Promise<Certificate> {
    const extensions = ["extendedKeyUsage = clientAuth"];
    return this.issue({ name: "a client", extensions, ...wanted });
  }

  /** A certificate and its key. */
  async issue(
    { name, extensions = [], isAuthority = false, until }: Wanted,
  ): Promise<Certificate> {
    const end = until ?? new Date(Date.now() + 2 * DAY_MS);
    const start = new Date(Math.min(end.getTime(), Date.now()) - 10 * DAY_MS);
    const constraint = `basicConstraints = CA:${
      isAuthority ? "TRUE" : "FALSE"
    }`;
    const rules = `${RULES}${[constraint, ...extensions].join("\n")}\n`;
    await Deno.writeTextFile(`${this.#folder}/rules`, rules);
    await openssl(
      this.#folder,
      ...["req", ...FRESH, "-nodes", "-keyout", "leaf.key"],
      ...["-out", "leaf.csr", "-subj", `/CN=${name}`],
    );
    await openssl(
      this.#folder,
      ...["ca", "-batch", "-notext", "-config", "rules", "-in", "leaf.csr"],
      ...["-cert", "ca.pem", "-keyfile", "ca.key", "-out", "leaf.pem"],
      ...["-startdate", timeText(start), "-enddate", timeText(end)],
    );
    return {
      cert: await Deno.readTextFile(`${this.#folder}/leaf.pem`),
      key: await Deno.readTextFile(`${this.#folder}/leaf.key`),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** `20260131235959Z`. */
function timeText(date: Date): string {
  return date.toISOString().replace(/[-T:]/g, "").replace(/\..*/, "Z");
}

async function openssl(cwd: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, cwd })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
