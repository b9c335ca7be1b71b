import assert from "node:assert/strict";
import fc from "fast-check";
import { AllowedEndpoints } from "../../src/trust/endpoint_rule.ts";
import type { EndpointGrant } from "../../src/trust_ports.ts";

const NO_GRANT: EndpointGrant = { registeredFrom: "", endpointAllow: [] };
const OUTSIDE = "203.0.113.5";

/** A rule of a server that listens at these places on a machine with these addresses. */
function rule(
  allow: readonly string[] = [],
  own: { listeners?: { hostname: string; port: number }[] } = {},
): AllowedEndpoints {
  return new AllowedEndpoints(allow, {
    listeners: () => own.listeners ?? [],
    addresses: () => ["10.0.0.1", "fe80::1", "2001:db8::1"],
  });
}

/** Why traffic must not go to the URL, whose host stands for `ip` or is an address. */
function refusal(
  { url, ip, of = rule(), grant = {} }: {
    readonly url: string;
    readonly ip?: string;
    readonly of?: AllowedEndpoints;
    readonly grant?: Partial<EndpointGrant>;
  },
): string | undefined {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return of.refusal(
    { host, ip: ip ?? host, port: port === "" ? 80 : Number(port) },
    { ...NO_GRANT, ...grant },
  );
}

Deno.test("by default backends are in private networks and where they registered from", () => {
  for (
    const url of [
      "http://10.1.2.3",
      "http://172.16.0.1",
      "http://172.31.255.254",
      "http://192.168.1.1:8080",
      "http://100.64.0.1",
      "http://[fd12:3456::1]",
      "http://[::ffff:10.1.2.3]",
    ]
  ) assert.equal(refusal({ url }), undefined, url);
  for (
    const url of [
      `http://${OUTSIDE}`,
      "http://172.32.0.1",
      "http://11.0.0.1",
      "http://100.128.0.1",
      "http://[2001:db8::5]",
      "http://[::10.1.2.3]",
      "http://[64:ff9b::10.1.2.3]",
    ]
  ) assert.match(refusal({ url }) ?? "", /neither private nor/, url);
  const url = `http://${OUTSIDE}`;
  for (const registeredFrom of [OUTSIDE, `::ffff:${OUTSIDE}`]) {
    assert.equal(refusal({ url, grant: { registeredFrom } }), undefined);
  }
  const registeredFrom = "203.0.113.6";
  assert.ok(refusal({ url, grant: { registeredFrom } }) !== undefined);
});

Deno.test("loopback is for those who registered from there", () => {
  for (
    const url of ["http://127.0.0.1", "http://127.8.8.8:1", "http://[::1]"]
  ) {
    for (const registeredFrom of ["", OUTSIDE, "10.0.0.1"]) {
      assert.match(
        refusal({ url, grant: { registeredFrom } }) ?? "",
        /is loopback, which the backend did not register from/,
      );
    }
    for (const registeredFrom of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      assert.equal(refusal({ url, grant: { registeredFrom } }), undefined);
    }
  }
});

Deno.test("a refusal names the address and the line that would allow it", () => {
  assert.equal(
    refusal({ url: "http://b.example", ip: OUTSIDE }),
    `b.example (${OUTSIDE}) is neither private nor the address that the backend registered from; ` +
      `to allow it: endpoint_allow: ["${OUTSIDE}"] (with the private ranges that backends are in, ` +
      "because the list takes the place of the default)",
  );
  assert.equal(
    refusal({ url: `http://${OUTSIDE}`, of: rule(["10.0.0.0/8"]) }),
    `${OUTSIDE} is not in endpoint_allow; to allow it: endpoint_allow: ["${OUTSIDE}"]`,
  );
  const of = rule(["10.0.0.0/8"]);
  assert.equal(
    refusal({ url: "http://169.254.1.1", of }),
    '169.254.1.1 is link-local; to allow it: endpoint_allow: ["169.254.1.1"]',
  );
});

Deno.test("a list takes the place of the default: its ranges, addresses and names, and nothing else", () => {
  const of = rule(["203.0.113.0/24", "Backend.Example.", "2001:db8:1::/48"]);
  assert.equal(refusal({ url: `http://${OUTSIDE}`, of }), undefined);
  assert.equal(refusal({ url: "http://[2001:db8:1::7]", of }), undefined);
  const named = { ip: "198.51.100.7", of };
  for (const url of ["http://backend.example", "http://BACKEND.example."]) {
    assert.equal(refusal({ url, ...named }), undefined);
  }
  const not = "http://not-backend.example";
  assert.ok(refusal({ url: not, ...named }) !== undefined);
  for (const ip of ["10.0.0.5", "127.0.0.1", "198.51.100.1"]) {
    const grant = { registeredFrom: ip };
    assert.match(
      refusal({ url: `http://${ip}`, of, grant }) ?? "",
      /is not in endpoint_allow/,
    );
  }
  of.configure([]);
  assert.equal(refusal({ url: "http://10.0.0.5", of }), undefined);
  assert.ok(refusal({ url: `http://${OUTSIDE}`, of }) !== undefined);
});

Deno.test("a credential allows more than the configuration, for its own backend", () => {
  const grant = { endpointAllow: ["203.0.113.0/24", "no address"] };
  const outside = `http://${OUTSIDE}`;
  for (const each of [rule(), rule(["10.0.0.0/8"])]) {
    const own = { of: each, grant };
    assert.equal(refusal({ url: outside, ...own }), undefined);
    assert.equal(refusal({ url: "http://10.0.0.5", ...own }), undefined);
    assert.ok(refusal({ url: "http://198.51.100.1", ...own }) !== undefined);
    assert.ok(refusal({ url: outside, of: each }) !== undefined);
  }
});

const NEVER = [
  ["169.254.0.1", "169.254.0.0/16"],
  ["169.254.169.254", "169.254.169.254"],
  ["::ffff:169.254.169.254", "169.254.169.254"],
  ["::169.254.169.254", "169.254.169.254"],
  ["64:ff9b::169.254.169.254", "169.254.169.254"],
  ["64:ff9b:1::169.254.169.254", "169.254.169.254"],
  ["::ffff:0:169.254.169.254", "169.254.169.254"],
  ["2002:a9fe:a9fe::1", "169.254.169.254"],
  ["fd00:ec2::254", "fd00:ec2::254"],
  ["100.100.100.200", "100.100.100.200"],
  ["168.63.129.16", "168.63.129.16"],
  ["fe80::1", "fe80::/10"],
  ["febf::1%eth0", "fe80::/10"],
  ["0.0.0.0", "0.0.0.0/8"],
  ["0.1.2.3", "0.0.0.0/8"],
  ["::", "::"],
  ["::ffff:0.0.0.0", "0.0.0.0"],
  ["224.0.0.1", "224.0.0.0/4"],
  ["239.255.255.255", "224.0.0.0/4"],
  ["ff02::1", "ff00::/8"],
  ["255.255.255.255", "255.255.255.255"],
] as const;

Deno.test("addresses that hand out secrets or are nobody's own take a range that names them outright", () => {
  const url = "http://b.example";
  const everything = ["0.0.0.0/0", "::/0", "b.example", "fc00::/7"];
  for (const [ip, range] of NEVER) {
    for (const registeredFrom of ["", ip]) {
      for (const each of [rule(), rule(everything)]) {
        for (const endpointAllow of [[], everything]) {
          const grant = { registeredFrom, endpointAllow };
          assert.match(
            refusal({ url, ip, of: each, grant }) ?? "allowed",
            /to allow it: endpoint_allow: \["[\da-f.:]+"\]/,
            `${ip} ${grant.endpointAllow}`,
          );
        }
      }
    }
    const opened = [...everything, range];
    assert.equal(refusal({ url, ip, of: rule(opened) }), undefined, ip);
    const grant = { endpointAllow: opened };
    assert.equal(refusal({ url, ip, grant }), undefined, ip);
  }
});

Deno.test("link-local addresses that are listed open no metadata service", () => {
  const of = rule(["169.254.0.0/16"]);
  assert.equal(refusal({ url: "http://169.254.7.7", of }), undefined);
  assert.equal(
    refusal({ url: "http://169.254.169.254", of }),
    "169.254.169.254 is a cloud provider's metadata service; " +
      'to allow it: endpoint_allow: ["169.254.169.254"]',
  );
});

Deno.test("the line that a refusal names allows the address", () => {
  fc.assert(fc.property(
    fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom(...NEVER).map(([ip]) => ip)),
    (ip) => {
      const url = "http://b.example";
      const allow: string[] = [];
      // The address itself, and the one that it holds if it holds one.
      for (let lines = 0; lines < 3; lines++) {
        const why = refusal({ url, ip, of: rule(allow) });
        if (why === undefined) return;
        allow.push(/endpoint_allow: \["([^"]+)"\]/.exec(why)?.[1] ?? "");
      }
      assert.equal(refusal({ url, ip, of: rule(allow) }), undefined);
    },
  ));
});

Deno.test("spellings that URLs take for an address are judged as that address", () => {
  const SPELLINGS = [
    ["http://0x7f.1/", /loopback/],
    ["http://2130706433/", /loopback/],
    ["http://127.1/", /loopback/],
    ["http://0177.0.0.1/", /loopback/],
    ["http://%31%32%37.0.0.1/", /loopback/],
    ["http://１２７.0.0.1/", /loopback/],
    ["http://127.0.0.1./", /loopback/],
    ["http://0xa9fea9fe/", /metadata/],
    ["http://2852039166/", /metadata/],
    ["http://[::ffff:a9fe:a9fe]/", /metadata/],
    ["http://[0:0:0:0:0:ffff:169.254.169.254]/", /metadata/],
    ["http://0/", /unspecified/],
    ["http://[::]/", /unspecified/],
  ] as const;
  for (const [url, what] of SPELLINGS) {
    assert.match(refusal({ url, of: rule() }) ?? "allowed", what, url);
  }
});

Deno.test("no backend is where the server itself listens", () => {
  const wild = { listeners: [{ hostname: "0.0.0.0", port: 8080 }] };
  const both = { listeners: [{ hostname: "::", port: 8080 }] };
  const one = { listeners: [{ hostname: "10.0.0.1", port: 8080 }] };
  const admin = {
    listeners: [
      { hostname: "10.0.0.1", port: 80 },
      { hostname: "localhost", port: 8080 },
    ],
  };
  const grant = { registeredFrom: "127.0.0.1" };
  const allow = ["0.0.0.0/0", "::/0", "127.0.0.1", "10.0.0.1", "2001:db8::1"];
  const OWN = [
    ["http://127.0.0.1:8080", [wild, both, admin], [one]],
    ["http://127.7.7.7:8080", [wild, both, admin], [one]],
    ["http://10.0.0.1:8080", [wild, both, one], [admin]],
    ["http://[::ffff:10.0.0.1]:8080", [wild, both, one], [admin]],
    ["http://[64:ff9b::10.0.0.1]:8080", [wild, both, one], [admin]],
    ["http://[2001:db8::1]:8080", [both], [wild, one, admin]],
    ["http://[::1]:8080", [both, admin], [wild, one]],
    ["http://10.0.0.2:8080", [], [wild, both, one, admin]],
    ["http://127.0.0.1:8081", [], [wild, both, one, admin]],
  ] as const;
  for (const [url, refused, allowed] of OWN) {
    for (const own of refused) {
      assert.match(
        refusal({ url, of: rule(allow, own), grant }) ?? "allowed",
        /port 8080 is where this server itself listens$/,
        `${url} ${JSON.stringify(own)}`,
      );
    }
    for (const own of allowed) {
      assert.equal(refusal({ url, of: rule(allow, own), grant }), undefined);
    }
  }
});

Deno.test("an entry with a port allows exactly that, even where the server itself listens", () => {
  const own = { listeners: [{ hostname: "::", port: 8080 }] };
  const of = rule(
    ["127.0.0.1:8080", "[::1]:8080", "B.lan.:8081", "169.254.1.1:80"],
    own,
  );
  for (
    const [url, ip] of [
      ["http://127.0.0.1:8080"],
      ["http://[::1]:8080"],
      ["http://[::ffff:127.0.0.1]:8080"],
      ["http://b.lan:8081", OUTSIDE],
      ["http://a.lan:8080", "::1"],
      ["http://169.254.1.1"],
    ] as const
  ) assert.equal(refusal({ url, of, ...(ip && { ip }) }), undefined, url);
  for (
    const [url, why, ip] of [
      ["http://127.0.0.1:8081", /not in endpoint_allow/],
      ["http://127.0.0.2:8080", /itself listens$/],
      ["http://10.0.0.1:8080", /itself listens$/],
      ["http://b.lan:8080", /itself listens$/, "10.0.0.1"],
      ["http://b.lan:80", /not in endpoint_allow/, OUTSIDE],
      // A name leads anywhere, so it opens nothing that is never a backend's.
      ["http://b.lan:8081", /metadata/, "169.254.169.254"],
      ["http://169.254.1.1:81", /link-local/],
      ["http://10.0.0.5", /not in endpoint_allow/],
    ] as const
  ) {
    assert.match(
      refusal({ url, of, ...(ip && { ip }) }) ?? "allowed",
      why,
      url,
    );
  }
  const named = rule(["b.lan:8080"], own);
  const url = "http://b.lan:8080";
  assert.equal(refusal({ url, ip: "127.0.0.1", of: named }), undefined);
});

Deno.test("what is no address is refused, and nothing throws", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (ip, registeredFrom) => {
    const grant = { registeredFrom, endpointAllow: [ip, `${ip}:80`] };
    rule([registeredFrom]).refusal({ host: ip, ip, port: 80 }, grant);
  }));
  assert.equal(
    refusal({ url: "http://b.example", ip: "b.example" }),
    '"b.example" is no address',
  );
});
