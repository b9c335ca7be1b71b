/** The proxies that are compared, each on one core, with kept-alive connections on both sides. */
import { startOpsen } from "../../e2e/opsen_process.ts";
import { freePort } from "../../free_port.ts";
import { nginxFile } from "./nginx.ts";
import { introduceBackends } from "./opsen_fleet.ts";
import { startProgram } from "./program.ts";

/** One that takes part. */
export interface Contestant {
  readonly name: string;
  /** Program that must be installed; Opsen needs none. */
  readonly needs?: string;
  /** Starts it in front of origins on these ports of 127.0.0.1; `folder` is its own. */
  start(origins: readonly number[], folder: string): Promise<Proxy>;
}

/** A proxy that listens. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Done before each run. */
  refresh(): Promise<void>;
}

/** Connections that a proxy keeps to the origins: enough for the most callers that are measured. */
const KEPT_CONNECTIONS = 1024;

/** The one that all are compared with: its buffers as they are without a word. */
export const NGINX: Contestant = nginx("nginx", "");

/** nginx with large buffers, which triple its bytes per second. */
export const NGINX_LARGE: Contestant = nginx(
  "nginx-64k",
  "proxy_buffers 16 64k; proxy_busy_buffers_size 128k; proxy_buffer_size 64k;",
);

/** HAProxy with one thread. */
export const HAPROXY: Contestant = {
  name: "haproxy",
  needs: "haproxy",
  async start(origins, folder) {
    const port = freePort();
    const file = `${folder}/haproxy.cfg`;
    await Deno.writeTextFile(
      file,
      [
        "global",
        "  nbthread 1",
        "  maxconn 4096",
        "defaults",
        "  mode http",
        "  http-reuse always",
        // Without it small pieces of a stream wait 200 ms for more.
        "  option http-no-delay",
        "  option forwardfor",
        "  timeout connect 5s",
        "  timeout client 1h",
        "  timeout server 1h",
        "  timeout tunnel 1h",
        "frontend callers",
        `  bind 127.0.0.1:${port}`,
        "  default_backend origins",
        "backend origins",
        "  balance roundrobin",
        ...origins.map((port, i) => `  server o${i} 127.0.0.1:${port}`),
        "",
      ].join("\n"),
    );
    return await listening("haproxy", ["-db", "-f", file], port);
  },
};

/** Caddy on one core. */
export const CADDY: Contestant = {
  name: "caddy",
  needs: "caddy",
  async start(origins, folder) {
    const port = freePort();
    const file = `${folder}/Caddyfile`;
    await Deno.writeTextFile(
      file,
      `{
	admin off
	auto_https off
}
http://127.0.0.1:${port} {
	reverse_proxy ${origins.map((port) => `127.0.0.1:${port}`).join(" ")} {
		lb_policy round_robin
		transport http {
			keepalive_idle_conns ${KEPT_CONNECTIONS}
			keepalive_idle_conns_per_host ${KEPT_CONNECTIONS}
			compression off
		}
	}
}
`,
    );
    const args = ["run", "--adapter", "caddyfile", "--config", file];
    return await listening("caddy", args, port, {
      GOMAXPROCS: "1",
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    });
  },
};

/** `opsen server` with one of its drivers, three backends and real decisions. */
export function opsen(driver: "epoll" | "deno"): Contestant {
  return {
    name: `opsen-${driver}`,
    async start(origins, folder) {
      const port = freePort();
      const url = `http://127.0.0.1:${port}`;
      const file = `${folder}/server.yml`;
      await Deno.writeTextFile(
        file,
        [
          "host: 127.0.0.1",
          `port: ${port}`,
          `database: ${folder}/opsen.db`,
          "log_level: warn",
          "access_log: off",
          'proxy_endpoints: ["/"]',
          "rate_limit_per_minute: 0",
          `edge_driver: ${driver}`,
          "",
        ].join("\n"),
      );
      const process = await startOpsen(["server", "--config", file], {
        ready: `${url}/health`,
      });
      const refresh = () => introduceBackends(url, origins);
      try {
        await refresh();
      } catch (error) {
        await process.stop();
        throw error;
      }
      return {
        url,
        pid: process.pid,
        refresh,
        async [Symbol.asyncDispose]() {
          await process.stop();
        },
      };
    },
  };
}

function nginx(name: string, buffers: string): Contestant {
  return {
    name,
    needs: "nginx",
    async start(origins, folder) {
      const port = freePort();
      const file = await nginxFile(
        folder,
        `
      map $http_upgrade $connection_field { default upgrade; "" ""; }
      upstream origins {
        ${origins.map((port) => `server 127.0.0.1:${port};`).join(" ")}
        keepalive ${KEPT_CONNECTIONS};
        keepalive_requests 100000000;
      }
      server {
        listen 127.0.0.1:${port} backlog=4096;
        location / {
          proxy_pass http://origins;
          proxy_http_version 1.1;
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection $connection_field;
          proxy_max_temp_file_size 0;
          ${buffers}
        }
        location /events {
          proxy_pass http://origins;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_buffering off;
        }
      }`,
      );
      return await listening("nginx", ["-p", folder, "-c", file], port);
    },
  };
}

async function listening(
  program: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Proxy> {
  const running = await startProgram({ program, args, env, port });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: running.pid,
    refresh: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
