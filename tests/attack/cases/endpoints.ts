/** Backends that want requests to be sent where they must not go. */
import { freePort } from "../../free_port.ts";
import { registerMessage } from "../../e2e/machine_messages.ts";
import { type AttackKind, expect } from "../case.ts";
import { ask, codeIn, say, told } from "../say.ts";
import { type AttackedServer, type AttackStage, OWNER } from "../stage.ts";

/** Services that hand out secrets, in all the spellings that lead there. */
const METADATA: readonly string[] = [
  ...["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"],
  ...[
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]",
    "0251.0376.0251.0376",
  ],
  ...["2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "169.254.43518"],
  ...["169.16689662", "[2002:a9fe:a9fe::]", "[::a9fe:a9fe]"],
  ...["169.254.169.254.", "169。254。169。254", "①⑥⑨.②⑤④.①⑥⑨.②⑤④"],
  ...["100.100.100.200", "168.63.129.16", "169.254.170.2", "192.0.0.192"],
];
/** Nobody's own addresses. */
const UNREAL: readonly string[] = [
  ...["169.254.1.1", "[fe80::1]", "0.0.0.0", "[::]", "224.0.0.1", "[ff02::1]"],
  ...["255.255.255.255", "0.0.0.1", "0", "[::ffff:0.0.0.0]"],
];
/** This machine, as somebody writes it who hopes that only `127.0.0.1` is looked for. */
const LOOPBACK: readonly string[] = [
  ...[
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.1",
  ],
  ...["017700000001", "0x7f.1", "127.0.0.1.", "localhost", "LOCALHOST"],
  ...["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "127。0。0。1"],
  ...["%31%32%37.0.0.1", "[0:0:0:0:0:ffff:7f00:1]"],
];
/** The internet, where no backend is by default. */
const OUTSIDE: readonly string[] = [
  ...["203.0.113.5", "8.8.8.8", "[2001:db8::5]", "172.32.0.1", "11.0.0.1"],
  ...["192.169.0.1", "100.128.0.1", "3405803781"],
];
/** What is no URL of a backend, or two readers take for two hosts. */
const NO_URLS: readonly string[] = [
  ...["file:///etc/passwd", "ftp://10.0.0.1/", "gopher://10.0.0.1/", "unix:/x"],
  ...["//10.0.0.1", "10.0.0.1:80", "http:10.0.0.1", "http:///10.0.0.1"],
  ...[
    "http://user@10.0.0.1/",
    "http://10.0.0.1:80:90",
    "http://10.0.0.1:99999",
  ],
  ...["http://a@b@10.0.0.1/", "http://10.0.0.1\\@169.254.169.254/"],
  ...["http://10.0.0.1 /", "http://10.0.0.1\t/", "http://10.0.0.1\r\nX: y/"],
  ...["http://[::1", "http://[v1.x]/", "javascript:alert(1)", "data:,x", " "],
];

/** All about where requests go. */
export const ENDPOINTS: AttackKind = {
  kind: "endpoints",
  cases: [
    refusedHosts("metadata services", METADATA, true),
    refusedHosts("addresses that are nobody's own", UNREAL),
    refusedHosts("addresses of the internet", OUTSIDE),
    {
      name:
        `${LOOPBACK.length} spellings of this machine with the server's own port`,
      expects: "403 endpoint_not_allowed: no requests to itself",
      isQuick: true,
      run: async (stage) => {
        const server = await stage.server();
        for (const host of LOOPBACK) {
          await refuses(server, `http://${host}:${server.port}`);
        }
      },
    },
    {
      name: "the address of the management paths as a backend",
      expects: "403 endpoint_not_allowed",
      run: async (stage) => {
        const port = freePort();
        const server = await stage.server({
          admin_listen: `127.0.0.1:${port}`,
        });
        await refuses(server, `http://127.0.0.1:${port}`);
        await refuses(server, `http://localhost:${port}`);
      },
    },
    {
      name:
        `${NO_URLS.length} texts that are no URL, or that two readers read differently`,
      expects: "400",
      isQuick: true,
      run: async (stage) => {
        const server = await stage.server();
        for (const url of NO_URLS) {
          const status = await register(server, url);
          expect(status === 400, () => `${JSON.stringify(url)}: ${status}`);
        }
      },
    },
    {
      name: "the same places in `endpoints`, behind a good one",
      expects: "403 endpoint_not_allowed",
      run: async (stage) => {
        const server = await stage.server();
        for (const host of METADATA) {
          const { status } = await server.api.post("/register", {
            ...registerMessage("evil"),
            endpoint_url: stage.origin.url,
            endpoints: [
              { url: stage.origin.url, paths: ["/"] },
              { url: `http://${host}/`, paths: ["/x"] },
            ],
          }, OWNER);
          expect(status >= 400 && status < 500, () => `${host}: ${status}`);
        }
      },
    },
    {
      name: "loopback from a machine that is none",
      expects:
        "403 endpoint_not_allowed; a forged X-Forwarded-For does not help",
      run: refusesForeignLoopback,
    },
    {
      name: "a name whose address is no longer allowed after it was checked",
      expects: "502 upstream_not_allowed for every request, and no connection",
      run: holdsNamesToRule,
    },
  ],
};

function refusedHosts(
  what: string,
  hosts: readonly string[],
  isQuick = false,
) {
  return {
    name: `${hosts.length} spellings of ${what}`,
    expects: "403 endpoint_not_allowed, or 400, and no such backend",
    isQuick,
    run: async (stage: AttackStage) => {
      const server = await stage.server();
      for (const host of hosts) {
        await refuses(server, `http://${host}/`);
        await refuses(server, `https://${host}:8443/latest/`);
      }
    },
  };
}

async function refuses(server: AttackedServer, url: string): Promise<void> {
  const status = await register(server, url);
  expect(status === 403 || status === 400, () => `${url}: ${status}`);
  const { body } = await server.api.get("/clients", OWNER);
  expect(
    !JSON.stringify(body).includes('"evil"'),
    () => `${url} among the backends`,
  );
}

async function register(server: AttackedServer, url: string): Promise<number> {
  const message = { ...registerMessage("evil"), endpoint_url: url };
  return (await server.api.post("/register", message, OWNER)).status;
}

async function refusesForeignLoopback(stage: AttackStage): Promise<void> {
  const server = await stage.server({ trusted_proxies: ["127.0.0.9"] });
  const body = JSON.stringify({
    ...registerMessage("evil"),
    endpoint_url: "http://127.0.0.1:9",
  });
  const fields = [
    "Content-Type: application/json",
    `X-API-Key: ${OWNER["x-api-key"]}`,
  ];
  for (
    const more of [
      "X-Forwarded-For: 10.1.2.3",
      "X-Forwarded-For: 127.0.0.1, 10.1.2.3",
      "X-Forwarded-For: 127.0.0.1, 10.1.2.3, 127.0.0.9",
    ]
  ) {
    const text = ask("POST /register", [...fields, more], body);
    const heard = await say(server.port, text, { from: "127.0.0.9" });
    expect(
      codeIn(heard.answers[0]) === "endpoint_not_allowed",
      () => `${more}: ${told(heard)}`,
    );
  }
}

/** The name is `localhost`; after a reload it leads where the rule allows nobody. */
async function holdsNamesToRule(stage: AttackStage): Promise<void> {
  const server = await stage.server({ default_tier: "small" });
  const url = `http://localhost:${stage.origin.port}`;
  const { api, home } = server;
  await server.join("one", url);
  const before = await say(server.port, ask("GET /x"));
  expect(before.answers[0]?.status === 200, () => told(before));
  const path = `${home.folder}/server.yml`;
  const yaml = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, `${yaml}endpoint_allow: ["10.0.0.0/8"]\n`);
  const { status } = await api.post("/_opsen/config/reload", {}, OWNER);
  expect(status === 200, () => `${status} to the reload`);
  stage.origin.taken();
  for (let i = 0; i < 5; i++) {
    const heard = await say(server.port, ask("GET /x"));
    expect(
      codeIn(heard.answers[0]) === "upstream_not_allowed",
      () => told(heard),
    );
  }
  expect(stage.origin.taken().length === 0, () => "a request at the origin");
}
