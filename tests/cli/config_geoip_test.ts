import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { opsen } from "./fake_shell.ts";

const PLACES = fileURLToPath(
  new URL("../fixtures/geo/places.mmdb", import.meta.url),
);

Deno.test("check says what is wrong with the GeoIP database, whoever is to use it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const warningsOf = async (path: string, role: string, more = "") => {
      const config = `${folder}/${role}.yml`;
      await Deno.writeTextFile(config, `geoip_db_path: ${path}\n${more}`);
      const { code, err } = await opsen([
        ...["config", "check", "--role", role, "--config", config],
      ]);
      assert.equal(code, 0);
      return err.match(/^warn: geoip_db_path.*$/gm) ?? [];
    };
    const page = `${folder}/page.mmdb`;
    await Deno.writeTextFile(page, "<html>Sign in</html>");
    for (const role of ["server", "client"]) {
      assert.deepEqual(await warningsOf(PLACES, role), []);
      assert.deepEqual(await warningsOf(`${folder}/none`, role), [
        `warn: geoip_db_path: Cannot read "${folder}/none": no such file`,
      ]);
      const [warning = "", ...others] = await warningsOf(page, role);
      assert.ok(
        warning.startsWith(
          `warn: geoip_db_path: Cannot use "${page}" for places: it is no MaxMind`,
        ),
        warning,
      );
      assert.deepEqual(others, []);
    }
    const skipped = "skip_geolocation: true\n";
    assert.deepEqual(await warningsOf(page, "client", skipped), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
