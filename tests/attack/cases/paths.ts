/** Paths that seem to lead somewhere else than they do, in both directions. */
import { freePort } from "../../free_port.ts";
import { type AttackKind, expect } from "../case.ts";
import { ask, codeIn, say, statuses, told } from "../say.ts";
import { type AttackStage, OWNER_KEY } from "../stage.ts";

/** Paths that some reader takes for a management path, and some for one under `/app`. */
const TRICKS: readonly string[] = [
  ...["/app/../clients", "/app/..;/clients", "/app/%2e%2e/clients"],
  ...["/app/.%2e/clients", "/app/%2E./clients", "/app/..%2fclients"],
  ...["/app/..%5cclients", "/app\\..\\clients", "/app/..\\clients"],
  ...["/app/%252e%252e/clients", "/app//../clients", "/app/./../clients"],
  ...["/app/x/../../clients", "/app/%c0%ae%c0%ae/clients"],
  ...[
    "/app/..%00/clients",
    "/app/../_opsen/keys",
    "/app;/../clients",
    "/app/../admin/..;/app/x",
  ],
  ...["//clients", "///clients", "/./clients", "/%2fclients", "/clients;x"],
  ...["/clients;/purge", "/clients%00", "/clients%3b", "/%63lients"],
  ...["/clients/.", "/clients/x/..", "/\\clients", "/%5cclients"],
  ...[
    "/clients%20",
    "/clients%09",
    "/clients%0a",
    "/clients%23",
    "/clients%3f",
  ],
  ...["/_opsen//keys", "/_opsen/./keys", "/_opsen/x/../keys", "/%5fopsen/keys"],
  ...["/_opsen;x/keys", "/_opsen%2fkeys", "/_opsen%2Fkeys", "/_opsen/%6beys"],
  ...["/CLIENTS", "/Clients", "/_OPSEN/keys", "/clients/", "/clients//"],
  ...["/clients/purge/", "/clients/purge;x", "/clients/%70urge"],
  ...["/ſtats", "/ｃlients"].map((path) => unescapedLatin(path)),
  ...["http://localhost//clients", "http://localhost/app/../clients"],
  ...["http://x:y@localhost/clients", "http:/clients", "clients", "./clients"],
  ...["*", "?/clients", "#/clients", "/clients#x", "/app#/../clients"],
];

/** What the API alone says. */
const API_WORDS = /"client_id"|"keys":|"code":"(missing_key|wrong_key)"/;

/** All about paths. */
export const PATHS: AttackKind = {
  kind: "paths",
  cases: [
    {
      name:
        `${TRICKS.length} paths through a proxied prefix, with the owner's key`,
      expects:
        "no word of the API, and nothing outside of the prefix at the origin",
      isQuick: true,
      run: (stage) => keepsApart(stage, ["/app"]),
    },
    {
      name:
        `${TRICKS.length} paths where everything is proxied, with the owner's key`,
      expects:
        "no word of the API, and no management path at the origin, however it is read",
      isQuick: true,
      run: (stage) => keepsApart(stage, ["/"]),
    },
    {
      name: "the same paths on the address of the management paths",
      expects: "no word of the API under a path that is not its own",
      run: async (stage) => {
        const adminPort = freePort();
        await stage.server({ admin_listen: `127.0.0.1:${adminPort}` });
        for (const path of TRICKS) {
          const heard = await say(adminPort, askFor(path));
          expect(
            !heard.answers.some(({ status, body }) =>
              status === 200 && API_WORDS.test(body)
            ),
            () => `${path}: ${told(heard)}`,
          );
        }
      },
    },
    {
      name: "methods that no management path has",
      expects: "405 or 501, and nothing changed",
      run: refusesMethods,
    },
    {
      name: "TRACE, which would show what the proxy adds",
      expects: "405 for every path",
      run: async (stage) => {
        const { port } = await stage.server();
        for (const path of ["/", "/clients", "/x"]) {
          const heard = await say(port, ask(`TRACE ${path}`));
          expect(statuses(heard).join() === "405", () => told(heard));
        }
      },
    },
    {
      name: "CONNECT to somewhere else",
      expects: "a refusal, and no tunnel",
      run: async (stage) => {
        const { port } = await stage.server();
        for (const target of ["127.0.0.1:22", "169.254.169.254:80", "/x"]) {
          const heard = await say(port, ask(`CONNECT ${target}`));
          expect(
            statuses(heard).every((status) => status >= 400),
            () => `${target}: ${told(heard)}`,
          );
        }
      },
    },
    {
      name: "an absolute target that names a stranger",
      expects: "our own backend answers: no open proxy",
      run: async (stage) => {
        const { port } = await stage.server();
        stage.origin.taken();
        const stranger = "GET http://169.254.169.254/latest/meta-data/";
        const heard = await say(port, ask(stranger));
        const seen = stage.origin.taken();
        expect(
          seen.length === 1 && heard.answers[0]?.body === "origin",
          () => told(heard),
        );
      },
    },
  ],
};

async function keepsApart(
  stage: AttackStage,
  proxied: readonly string[],
): Promise<void> {
  const server = await stage.server({ proxy_endpoints: proxied });
  for (const path of TRICKS) {
    stage.origin.taken();
    const heard = await say(server.port, askFor(path));
    const [answer] = heard.answers;
    expect(
      heard.answers.length <= 1 && !API_WORDS.test(answer?.body ?? ""),
      () => `${path}: ${told(heard)}`,
    );
    for (const { target } of stage.origin.taken()) {
      expect(
        readingsOf(target).every((reading) =>
          proxied.some((prefix) => reading.startsWith(prefix)) &&
          !/^\/(clients|_opsen\/keys)(;|$)/.test(reading)
        ),
        () => `${path} reached the origin as ${target}`,
      );
    }
  }
  const heard = await say(server.port, askFor("/clients"));
  expect(
    API_WORDS.test(heard.answers[0]?.body ?? ""),
    () => `the plain path: ${told(heard)}`,
  );
  expect(codeIn(heard.answers[0]) === "", () => told(heard));
}

/** What an origin could take a target for: as it is, decoded, without parameters, each with its dots resolved. */
function readingsOf(target: string): readonly string[] {
  const path = target.replace(/\?.*$/, "");
  const decoded = path.replace(
    /%([0-9a-f]{2})/gi,
    (_, digits) => String.fromCharCode(parseInt(digits, 16)),
  );
  const slashed = decoded.replaceAll("\\", "/");
  const texts = [path, decoded, slashed, slashed.replace(/;[^/]*/g, "")];
  return texts.flatMap((text) => {
    const resolved: string[] = [];
    for (const segment of text.replace(/\/+/g, "/").split("/").slice(1)) {
      if (segment === "..") resolved.pop();
      else if (segment !== ".") resolved.push(segment);
    }
    return [text, `/${resolved.join("/")}`];
  });
}

async function refusesMethods(stage: AttackStage): Promise<void> {
  const server = await stage.server();
  for (const method of ["PUT", "PATCH", "OPTIONS", "FOO", "get", "PROPFIND"]) {
    for (const path of ["/clients", "/register", "/_opsen/keys"]) {
      const heard = await say(
        server.port,
        ask(`${method} ${path}`, [`X-API-Key: ${OWNER_KEY}`]),
      );
      const [status = 0] = statuses(heard);
      expect(
        status === 405 || status === 501 || status === 400,
        () => `${method} ${path}: ${told(heard)}`,
      );
    }
  }
  await server.isWell();
}

function askFor(path: string): string {
  return ask(`GET ${path}`, [`X-API-Key: ${OWNER_KEY}`]);
}

/** The text as UTF-8, one character per octet. */
function unescapedLatin(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
