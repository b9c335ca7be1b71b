/** Certificates for tests: the fixture, which is its own authority, and a chain that Debian's `openssl` makes. */

/** A chain and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const FIXTURE = new URL("../../../fixtures/self_signed/", import.meta.url);

/** A certificate that nobody vouches for. */
export function selfSigned(): Certificate {
  return {
    cert: Deno.readTextFileSync(new URL("cert.pem", FIXTURE)),
    key: Deno.readTextFileSync(new URL("key.pem", FIXTURE)),
  };
}

/** A certificate for a name, and the authority that vouches for it. */
export async function issuedFor(
  name: string,
): Promise<Certificate & { readonly authority: string }> {
  const folder = await Deno.makeTempDir();
  const openssl = async (...args: readonly string[]) => {
    const { success, stderr } = await new Deno.Command("openssl", {
      args: [...args],
      cwd: folder,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  };
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const read = (file: string) => Deno.readTextFile(`${folder}/${file}`);
  try {
    await openssl(
      ...["req", "-x509", ...fresh, "-nodes", "-days", "2"],
      ...["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority"],
    );
    await openssl(
      ...["req", ...fresh, "-nodes", "-keyout", "leaf.key"],
      ...["-out", "leaf.csr", "-subj", `/CN=${name}`],
    );
    await Deno.writeTextFile(
      `${folder}/leaf.ext`,
      `subjectAltName=DNS:${name}\nbasicConstraints=CA:FALSE\n`,
    );
    await openssl(
      ...["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem"],
      ...["-CAkey", "ca.key", "-CAcreateserial", "-days", "2"],
      ...["-extfile", "leaf.ext", "-out", "leaf.pem"],
    );
    return {
      cert: await read("leaf.pem"),
      key: await read("leaf.key"),
      authority: await read("ca.pem"),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
