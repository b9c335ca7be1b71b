/** The configurations of the recipes in the programs that they are for, with real traffic. */
import assert from "node:assert/strict";
import { eventually } from "../e2e/eventually.ts";
import { registerMessage, statsMessage } from "../e2e/machine_messages.ts";
import { ServerHome, type TestServer } from "../e2e/server_home.ts";
import { freePort } from "../free_port.ts";
import { toolTest } from "../tools.ts";
import { fencesOf } from "./fences.ts";

const RECIPES = fencesOf(
  Deno.readTextFileSync(new URL("../../dist/docs/recipes.md", import.meta.url)),
);
const KEY = "change-me";
/** Where a proxy calls from that is not the test itself. */
const PROXY_ADDRESS = "127.0.0.9";

/** The recipe's block in that language. */
function recipe(language: string): string {
  const found = RECIPES.find((fence) => fence.language === language);
  assert.ok(found, `There is no recipe in ${language}`);
  return found.code;
}

/** A server with one backend that says who it is. */
class Scene implements AsyncDisposable {
  readonly #home = new ServerHome();
  readonly #origin: Deno.HttpServer<Deno.NetAddr>;
  readonly server: TestServer;

  private constructor(
    home: ServerHome,
    server: TestServer,
    origin: Deno.HttpServer<Deno.NetAddr>,
  ) {
    this.#home = home;
    this.server = server;
    this.#origin = origin;
  }

  static async open(yaml: string): Promise<Scene> {
    const home = new ServerHome();
    const server = await home.start(
      `server_key: ${KEY}\nhealth_check_enabled: false\n${yaml}`,
    );
    const origin = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const from = request.headers.get("x-forwarded-for") ?? "nobody";
        const { pathname } = new URL(request.url);
        return new Response(`backend ${pathname} for ${from}`);
      },
    );
    const scene = new Scene(home, server, origin);
    const fields = { "x-api-key": KEY };
    const message = {
      ...registerMessage("b-1", { cores: 4 }),
      endpoint_url: `http://127.0.0.1:${origin.addr.port}`,
    };
    await server.post("/register", message, fields);
    await server.post("/stats", statsMessage("b-1", { cores: 4 }), fields);
    return scene;
  }

  /** The text of a recipe with the ports of this scene. */
  named(text: string, port: number): string {
    return text
      .replaceAll(
        /127\.0\.0\.1:8080|decider:8080/g,
        `127.0.0.1:${this.server.port}`,
      )
      .replaceAll(/:844[34]\b/g, `:${port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#origin.shutdown();
    await this.#home[Symbol.asyncDispose]();
  }
}

/** Runs a program on a file until the end of the scope. */
async function running(
  program: string,
  args: (folder: string) => string[],
  file: string,
  text: string,
): Promise<AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/${file}`, text);
  const child = new Deno.Command(program, {
    args: args(folder),
    env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function bodyOf(url: string): Promise<string> {
  try {
    return await (await fetch(url)).text();
  } catch {
    return "";
  }
}

Deno.test("the application's recipe gets a place and gives it back", async () => {
  await using scene = await Scene.open("");
  const code = scene.named(recipe("js"), 0);
  const { default: run } = await import(
    `data:text/javascript,${
      encodeURIComponent(
        `export default async () => {${code}\nreturn endpoint}`,
      )
    }`
  );
  assert.match(await run(), /^http:\/\/127\.0\.0\.1:\d+$/);
  const { body } = await scene.server.get("/_opsen/leases", {
    "x-api-key": KEY,
  });
  assert.equal(body.total, 0);
});

toolTest(
  "nginx",
  "nginx asks where each request goes, and says so when there is no room",
  async () => {
    await using scene = await Scene.open("sticky_header: X-Session-ID\n");
    const port = freePort();
    const conf = `daemon off; pid nginx.pid; error_log stderr; events {}
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  server { listen 127.0.0.1:${port};
${scene.named(recipe("nginx"), port)}
  }
}`;
    await using _nginx = await running(
      "nginx",
      (folder) => ["-p", folder, "-c", `${folder}/nginx.conf`],
      "nginx.conf",
      conf,
    );
    const url = `http://127.0.0.1:${port}/app/x`;
    await eventually(
      "nginx answers with the backend's words",
      async () => (await bodyOf(url)).startsWith("backend /app/x"),
    );
    await eventually("the backend is full", async () => {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.status === 503 &&
        response.headers.get("retry-after") === "5";
    });
  },
);

toolTest(
  "haproxy",
  "HAProxy in front: the backend sees the caller's address",
  async () => {
    // Whoever calls from a trusted proxy's address must speak the PROXY protocol, so HAProxy has one of its own here.
    await using scene = await Scene.open(
      settingsAfter("haproxy").replace("127.0.0.1", PROXY_ADDRESS),
    );
    const port = freePort();
    const conf = `defaults
    timeout connect 5s
    timeout client 60s
    timeout server 60s
${scene.named(recipe("haproxy"), port).trimEnd()} source ${PROXY_ADDRESS}
`;
    await using _haproxy = await running(
      "haproxy",
      (folder) => ["-db", "-f", `${folder}/haproxy.cfg`],
      "haproxy.cfg",
      conf,
    );
    await eventually(
      "HAProxy answers",
      async () =>
        await bodyOf(`http://127.0.0.1:${port}/x`) ===
          "backend /x for 127.0.0.1",
    );
  },
);

toolTest(
  "caddy",
  "Caddy in front: the backend sees the caller's address",
  async () => {
    await using scene = await Scene.open(settingsAfter("caddyfile"));
    const port = freePort();
    const conf = `{
	admin off
}
${scene.named(recipe("caddyfile"), port)}
`;
    await using _caddy = await running(
      "caddy",
      (
        folder,
      ) => ["run", "--adapter", "caddyfile", "--config", `${folder}/Caddyfile`],
      "Caddyfile",
      conf,
    );
    await eventually(
      "Caddy answers",
      async () =>
        (await bodyOf(`http://127.0.0.1:${port}/x`)).startsWith(
          "backend /x for 127.0.0.1",
        ),
    );
  },
);

/** The server's settings that stand after a recipe. */
function settingsAfter(language: string): string {
  const at = RECIPES.findIndex((fence) => fence.language === language);
  const next = RECIPES[at + 1];
  assert.equal(next?.language, "yaml");
  return next.code;
}
