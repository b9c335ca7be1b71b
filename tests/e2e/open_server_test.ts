import assert from "node:assert/strict";
import { startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { Api, type Fields } from "./api.ts";

const OPEN = "host: 127.0.0.1\nport: 0\nsticky_header: X-Session-ID\n";
const PAGE = "https://app.example.com";
const CORS = `${OPEN}enable_cors: true\ncors_allowed_origins: ["${PAGE}"]\n`;

async function started() {
  const world = { logger: new FakeLogger(), databasePath: ":memory:" };
  return await startServer(await serverConfig(OPEN), world);
}

Deno.test("a session whose id can't stand in a path is removed by the query", async () => {
  await using server = await started();
  const api = new Api(server.address.port);
  await api.join("a");
  const id = "../a/%2e%2e/b";
  await api.place("small", { "x-session-id": id });
  const remove = async (target: string) => {
    const url = `${api.url}/_opsen/sticky${target}`;
    const response = await fetch(url, { method: "DELETE" });
    const { code, removed } = await response.json();
    return code ?? removed;
  };
  assert.equal(
    await remove(`/${encodeURIComponent(id)}`),
    "ambiguous_path",
  );
  const query = new URLSearchParams({ sticky_id: id, tier: "small" });
  assert.deepEqual(await remove(`?${query}`), [
    { tier: "small", client_id: "a" },
  ]);
  assert.equal(await remove(`?${query}`), "unknown_session");
});

Deno.test("a page of another origin changes nothing on an open server, unless CORS lets it in", async () => {
  await using server = await started();
  const api = new Api(server.address.port);
  await api.join("a");
  const codes = async (fields: Fields) => {
    const answers = [
      await api.route("small", fields),
      await api.post("/_opsen/backends/a/drain", {}, fields),
      await api.post("/_opsen/backends/a/undrain", {}, fields),
    ];
    return answers.map(({ status, body }) => body["code"] ?? status);
  };
  const origin = `http://127.0.0.1:${server.address.port}`;
  const refused = ["cross_site", "cross_site", "cross_site"];
  const done = [200, 200, 200];
  const foreign = [
    { origin: PAGE },
    { origin: PAGE, "sec-fetch-site": "cross-site" },
    { origin: PAGE, "sec-fetch-site": "same-site" },
  ];
  for (const fields of foreign) assert.deepEqual(await codes(fields), refused);
  for (const fields of [{}, { origin }, { "sec-fetch-site": "same-origin" }]) {
    assert.deepEqual(await codes(fields), done);
  }
  (await server.prepare(await serverConfig(CORS))).apply();
  for (const fields of foreign) assert.deepEqual(await codes(fields), done);
  const other = { origin: "https://other.example.com" };
  assert.deepEqual(await codes(other), refused);
});
