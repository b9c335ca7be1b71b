/** Keys that are missing, wrong, over, taken back, or for something else, on every path of the API. */
import { ApiHome } from "../../api/api_home.ts";
import { FakeUi } from "../../api/fake_ui.ts";
import { eventually } from "../../e2e/eventually.ts";
import { type AttackKind, expect } from "../case.ts";
import { type Need, NEEDS } from "../needs.ts";
import {
  type AttackedServer,
  type AttackStage,
  OWNER,
  OWNER_KEY,
} from "../stage.ts";

const SCOPES = ["agent", "route", "read", "admin"] as const;
/** Keys of the configuration; the one that expires does so before it is shown. */
const KEYS = {
  api_keys: [
    ...SCOPES.map((scope) => ({
      name: `only-${scope}`,
      key: `only-${scope}-key`,
      scopes: [scope],
    })),
    { name: "over", key: "key-that-is-over", expires: "2020-01-01" },
    { name: "one-tier", key: "key-of-one-tier", tiers: ["small"] },
  ],
};

/** Keys that are none, beside the right one. */
const WRONG: readonly string[] = [
  OWNER_KEY.slice(0, -1),
  `${OWNER_KEY}x`,
  OWNER_KEY.toUpperCase(),
  `${OWNER_KEY}, ${OWNER_KEY}`,
  `"${OWNER_KEY}"`,
  `Bearer ${OWNER_KEY}`,
  "*",
  "null",
  "undefined",
  "0",
  "__proto__",
  "constructor",
];

/** All about keys. */
export const KEY_ABUSE: AttackKind = {
  kind: "keys",
  cases: [
    {
      name: "every path and method without a key",
      expects: "401 missing_key, but for health and enrolment",
      isQuick: true,
      run: (stage) =>
        turnsAway(stage, {}, () => [401, "missing_key"], ["token"]),
    },
    {
      name: "every path and method with a wrong key",
      expects: "403 wrong_key",
      isQuick: true,
      run: async (stage) => {
        for (const key of WRONG.slice(0, 2)) {
          const fields = { "x-api-key": key };
          await turnsAway(stage, fields, () => [403, "wrong_key"], ["token"]);
        }
      },
    },
    {
      name: "every path and method with a key that has expired",
      expects: "403 key_expired",
      isQuick: true,
      run: (stage) =>
        turnsAway(
          stage,
          { "x-api-key": "key-that-is-over" },
          () => [403, "key_expired"],
          ["token"],
        ),
    },
    {
      name: "every path and method with a key that was revoked",
      expects: "403 key_revoked",
      isQuick: true,
      run: async (stage) => {
        const server = await stage.server(KEYS);
        const key = await revokedKey(server);
        const fields = { authorization: `Bearer ${key}` };
        await turnsAway(stage, fields, () => [403, "key_revoked"], ["token"]);
      },
    },
    ...SCOPES.map((scope) => ({
      name: `every path and method with a key for ${scope} alone`,
      expects: "403 missing_scope on every path that needs another",
      isQuick: true,
      run: (stage: AttackStage) =>
        turnsAway(
          stage,
          { "x-api-key": `only-${scope}-key` },
          () => [403, "missing_scope"],
          ["token", ...mayWith(scope)],
        ),
    })),
    {
      name:
        `${WRONG.length} keys that are nearly the right one, in both fields`,
      expects: "403 wrong_key or 401 missing_key",
      run: refusesNearlyRight,
    },
    {
      name: "two keys at once, a wrong one and the right one",
      expects: "one rule: X-API-Key before Authorization",
      run: async (stage) => {
        const { api } = await stage.server(KEYS);
        const { status } = await api.get("/clients", {
          "x-api-key": "wrong",
          authorization: `Bearer ${OWNER_KEY}`,
        });
        expect(status === 403, () => `${status}`);
      },
    },
    {
      name: "a key for one tier that asks for another",
      expects: "403 tier_not_allowed",
      run: async (stage) => {
        const { api } = await stage.server(KEYS);
        const { status, body } = await api.route("large", {
          "x-api-key": "key-of-one-tier",
        });
        expect(
          status === 403 && body["code"] === "tier_not_allowed",
          () => `${status} ${JSON.stringify(body)}`,
        );
      },
    },
    {
      name: "proxied paths without a key where one is asked for",
      expects:
        "401 and 403, nothing at the origin, and no key there when it is right",
      run: guardsProxied,
    },
    {
      name: "a key in the query, in a cookie, as basic authentication",
      expects: "401 missing_key",
      run: async (stage) => {
        const { api } = await stage.server(KEYS);
        const basic = btoa(`${OWNER_KEY}:`);
        for (
          const [path, fields] of [
            [`/clients?api_key=${OWNER_KEY}`, {}],
            ["/clients", { cookie: `x-api-key=${OWNER_KEY}` }],
            ["/clients", { authorization: `Basic ${basic}` }],
            ["/clients", { authorization: OWNER_KEY }],
          ] as const
        ) {
          const { status } = await api.get(path, fields);
          expect(status === 401, () => `${path}: ${status}`);
        }
      },
    },
  ],
};

/** Scopes that a key with one scope opens. */
function mayWith(scope: typeof SCOPES[number]): readonly Need[] {
  return scope === "admin" ? ["route", "read", "admin"] : [scope];
}

async function turnsAway(
  stage: AttackStage,
  fields: Readonly<Record<string, string>>,
  wanted: () => readonly [status: number, code: string],
  open: readonly string[],
): Promise<void> {
  const server = await stage.server(KEYS);
  for (const { method, path, need } of everyPath()) {
    const response = await fetch(server.url + path, {
      method,
      headers: fields,
    });
    const text = await textOf(response);
    if (need === "nothing" || need === "input") {
      const isOpen = need === "nothing"
        ? response.status === 200
        : ![401, 403].includes(response.status);
      expect(isOpen, () => `${method} ${path}: ${text}`);
      continue;
    }
    if (open.includes(need)) continue;
    const [status, code] = wanted();
    expect(
      response.status === status && text.includes(`"code":"${code}"`),
      () => `${method} ${path}: ${response.status} ${text}`,
    );
  }
}

/** What is answered; a stream that goes on for ever is let go. */
async function textOf(response: Response): Promise<string> {
  const { headers, body } = response;
  if (headers.get("content-type") !== "text/event-stream") {
    return await response.text();
  }
  await body?.cancel();
  return "a stream";
}

/** Every path of the API, as the API itself has it. */
function everyPath() {
  const routes = new ApiHome({ deps: { ui: new FakeUi() } }).routes;
  const paths = routes.map(({ method, path }) => {
    const need = NEEDS[`${method} ${path}`];
    expect(
      need !== undefined,
      () => `${method} ${path}, whose need this case does not know`,
    );
    return { method, path: path.replace(/:\w+/g, "x"), need };
  });
  expect(paths.length >= 30, () => `${paths.length} paths`);
  return paths;
}

async function revokedKey(server: AttackedServer): Promise<string> {
  const { api, url } = server;
  const name = crypto.randomUUID().slice(0, 8);
  const made = await api.post("/_opsen/keys", { name }, OWNER);
  const key = String(made.body["key"]);
  const ok = await api.get("/clients", { "x-api-key": key });
  expect(ok.status === 200, () => `${ok.status} before it was revoked`);
  const revoked = await fetch(`${url}/_opsen/keys/${name}`, {
    method: "DELETE",
    headers: OWNER,
  });
  await revoked.body?.cancel();
  await eventually("the key is closed", async () => {
    const { status } = await api.get("/clients", { "x-api-key": key });
    return status === 403;
  });
  return key;
}

async function refusesNearlyRight(stage: AttackStage): Promise<void> {
  const { api } = await stage.server(KEYS);
  for (const key of WRONG) {
    for (
      const fields of [
        { "x-api-key": key },
        { authorization: `Bearer ${key}` },
        { authorization: `bearer\t${key}` },
      ]
    ) {
      const { status, body } = await api.get("/clients", fields);
      expect(
        status === 403 && body["code"] === "wrong_key" ||
          status === 401 && body["code"] === "missing_key",
        () => `${JSON.stringify(fields)}: ${status} ${JSON.stringify(body)}`,
      );
    }
  }
}

async function guardsProxied(stage: AttackStage): Promise<void> {
  const server = await stage.server({ ...KEYS, proxy_require_key: true });
  stage.origin.taken();
  for (
    const [fields, status] of [
      [{}, 401],
      [{ "x-api-key": "wrong" }, 403],
      [{ "x-api-key": "only-read-key" }, 403],
      [{ "x-api-key": "key-that-is-over" }, 403],
    ] as const
  ) {
    const response = await fetch(`${server.url}/x`, { headers: fields });
    const text = await response.text();
    expect(
      response.status === status,
      () => `${JSON.stringify(fields)}: ${response.status} ${text}`,
    );
  }
  expect(stage.origin.taken().length === 0, () => "a request at the origin");
  const response = await fetch(`${server.url}/x`, {
    headers: { "x-api-key": "only-route-key" },
  });
  await response.body?.cancel();
  const [seen] = stage.origin.taken();
  expect(
    response.status === 200 && seen?.head.includes("only-route-key") === false,
    () => `${response.status}; at the origin: ${seen?.head}`,
  );
}
