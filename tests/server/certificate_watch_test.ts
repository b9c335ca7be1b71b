import assert from "node:assert/strict";
import type { ServerEvent } from "../../src/ports.ts";
import {
  type Certificates,
  readCertificates,
} from "../../src/server/certificates.ts";
import { CertificateWatch } from "../../src/server/certificate_watch.ts";
import { serverConfig } from "../config/load_text.ts";
import { Authority } from "../edge/drivers/deno/authority.ts";
import type { Certificate } from "../edge/drivers/deno/certificates.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { toolTest } from "../tools.ts";

const DAY_MS = 86_400_000;

/** Files of two pairs in a folder, and a watch over them. */
class Stage implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly clock = new FakeClock(0, Date.now());
  readonly logger = new FakeLogger();
  readonly events: ServerEvent[] = [];
  readonly used: Certificates[] = [];

  /** Writes a pair as its renewal does: beside, then renamed. */
  put(name: string, { cert, key }: Certificate): void {
    this.replace(`${name}.pem`, cert);
    this.replace(`${name}.key`, key);
  }

  replace(name: string, text: string): void {
    Deno.writeTextFileSync(`${this.folder}/next`, text);
    Deno.renameSync(`${this.folder}/next`, `${this.folder}/${name}`);
  }

  async watch(more = ""): Promise<CertificateWatch> {
    const { folder, clock, logger, events, used } = this;
    const config = await serverConfig([
      `tls_cert_file: ${folder}/one.pem`,
      `tls_key_file: ${folder}/one.key`,
      `tls: [{hosts: [b.test], cert_file: ${folder}/two.pem, key_file: ${folder}/two.key}]`,
      more,
    ].join("\n"));
    return new CertificateWatch(config, await readCertificates(config), {
      ...{ clock, logger },
      events: { emit: (event) => void events.push(event) },
      use: (certificates) => void used.push(certificates),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

toolTest(
  "openssl",
  "what changed is used at the next look, and what did not change is not used again",
  async () => {
    await using authority = await Authority.make();
    await using stage = new Stage();
    stage.put("one", await authority.forHosts("a.test"));
    stage.put("two", await authority.forHosts("b.test"));
    const watch = await stage.watch();
    await watch.look();
    await watch.look();
    assert.equal(stage.used.length, 0);
    const hashes = watch.hashes;
    const renewed = await authority.forHosts("b.test");
    stage.put("two", renewed);
    await watch.look();
    await watch.look();
    assert.equal(stage.used.length, 1);
    assert.equal(stage.used[0]?.listener?.named?.[0]?.cert, renewed.cert);
    const changed = [...watch.hashes].filter(([key, hash]) =>
      hashes.get(key) !== hash
    );
    assert.deepEqual(
      changed.map(([key]) => key),
      ["tls[0].cert_file", "tls[0].key_file"],
    );
    // The same words, written again.
    stage.put("two", renewed);
    await watch.look();
    assert.equal(stage.used.length, 1);
    assert.deepEqual(stage.logger.messages("error"), []);
  },
);

toolTest(
  "openssl",
  "a link that is bent to other files counts as a change",
  async () => {
    await using authority = await Authority.make();
    await using stage = new Stage();
    stage.put("two", await authority.forHosts("b.test"));
    const [before, after] = [
      await authority.forHosts("a.test"),
      await authority.forHosts("a.test"),
    ];
    stage.put("before", before);
    stage.put("after", after);
    // As Kubernetes does: files are links through one link, which a rename replaces.
    const { folder } = stage;
    for (const version of ["before", "after"]) {
      Deno.mkdirSync(`${folder}/${version}_data`);
      for (const end of ["pem", "key"]) {
        Deno.renameSync(
          `${folder}/${version}.${end}`,
          `${folder}/${version}_data/${end}`,
        );
      }
    }
    Deno.symlinkSync("data/pem", `${folder}/one.pem`);
    Deno.symlinkSync("data/key", `${folder}/one.key`);
    Deno.symlinkSync("before_data", `${folder}/data`);
    const watch = await stage.watch();
    await watch.look();
    Deno.symlinkSync("after_data", `${folder}/next`);
    Deno.renameSync(`${folder}/next`, `${folder}/data`);
    await watch.look();
    assert.equal(stage.used.at(-1)?.listener?.cert, after.cert);
  },
);

toolTest(
  "openssl",
  "a pair that is half written is kept as it was, said once, and used when it is whole; others are not held up",
  async () => {
    await using authority = await Authority.make();
    await using stage = new Stage();
    const first = await authority.forHosts("a.test");
    stage.put("one", first);
    stage.put("two", await authority.forHosts("b.test"));
    const watch = await stage.watch();
    const next = await authority.forHosts("a.test");
    stage.replace("one.pem", next.cert);
    const other = await authority.forHosts("b.test");
    stage.put("two", other);
    await watch.look();
    await watch.look();
    assert.equal(stage.used.length, 1);
    assert.equal(stage.used[0]?.listener?.cert, first.cert);
    assert.equal(stage.used[0]?.listener?.named?.[0]?.cert, other.cert);
    assert.equal(stage.logger.messages("error").length, 1);
    stage.replace("one.key", "no key at all");
    await watch.look();
    await watch.look();
    assert.equal(stage.logger.messages("error").length, 2);
    stage.replace("one.key", next.key);
    await watch.look();
    assert.equal(stage.used.length, 2);
    assert.equal(stage.used[1]?.listener?.cert, next.cert);
    Deno.removeSync(`${stage.folder}/two.pem`);
    await watch.look();
    assert.equal(stage.used.length, 2);
    assert.equal(stage.logger.messages("error").length, 3);
  },
);

toolTest(
  "openssl",
  "each step towards the end of a certificate is told once, and a renewed one begins anew",
  async () => {
    await using authority = await Authority.make();
    await using stage = new Stage();
    const extensions = ["subjectAltName = DNS:a.test"];
    const until = new Date(Date.now() + 20.5 * DAY_MS);
    const short = { name: "a.test", extensions };
    stage.put("one", await authority.issue({ ...short, until }));
    const far = new Date(Date.now() + 300 * DAY_MS);
    const long = { name: "b.test", until: far };
    stage.put("two", await authority.issue(long));
    const watch = await stage.watch();
    const told = () => stage.events.map(({ data }) => data["days_left"]);
    assert.deepEqual(told(), [20]);
    const [event] = stage.events;
    assert.equal(event?.type, "certificate.expiring");
    assert.deepEqual(
      { ...event?.data, not_after: "" },
      {
        file: `${stage.folder}/one.pem`,
        names: ["DNS:a.test"],
        not_after: "",
        days_left: 20,
      },
    );
    for (let day = 0; day < 25; day++) {
      stage.clock.advance(DAY_MS);
      await watch.look();
      await watch.look();
    }
    assert.deepEqual(told(), [20, 13, 6, 2, 0, -1]);
    assert.equal(stage.logger.messages("error").length, 1);
    const again = new Date(stage.clock.wallMs() + 5.5 * DAY_MS);
    stage.put("one", await authority.issue({ ...short, until: again }));
    await watch.look();
    assert.equal(told().at(-1), 5);
    assert.equal(told().length, 7);
  },
);

toolTest(
  "openssl",
  "hosts that a certificate is not for are told at the start and at each change",
  async () => {
    await using authority = await Authority.make();
    await using stage = new Stage();
    const until = new Date(Date.now() + 300 * DAY_MS);
    const named = (name: string) =>
      authority.issue({
        ...{ name, until },
        extensions: [`subjectAltName = DNS:${name}`],
      });
    stage.put("one", await named("a.test"));
    stage.put("two", await named("c.test"));
    const watch = await stage.watch();
    const told = () =>
      stage.logger.lines.filter(({ level }) => level === "warn")
        .map(({ data }) => data["hosts"]);
    assert.deepEqual(told(), [["b.test"]]);
    await watch.look();
    assert.equal(told().length, 1);
    stage.put("two", await named("b.test"));
    await watch.look();
    assert.equal(told().length, 1);
  },
);
