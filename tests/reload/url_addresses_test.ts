import assert from "node:assert/strict";
import { checkedAddresses } from "../../src/reload/url_addresses.ts";

async function check(
  url: string,
  found: readonly string[] = [],
  allow: readonly string[] = [],
): Promise<string> {
  const checked = await checkedAddresses(
    new URL(url),
    allow,
    () => Promise.resolve(found),
  );
  return checked.kind === "allowed"
    ? checked.addresses.join(" ")
    : checked.reason;
}

Deno.test("public addresses are taken as they were resolved", async () => {
  assert.equal(
    await check("https://config.example/", ["8.8.8.8", "2606:4700::1111"]),
    "8.8.8.8 2606:4700::1111",
  );
  assert.equal(await check("https://8.8.8.8/"), "8.8.8.8");
});

Deno.test("one private, reserved or metadata address among them refuses the name", async () => {
  const forbidden = [
    ...["169.254.169.254", "10.0.0.1", "127.0.0.1", "100.100.100.200"],
    ...["::1", "::ffff:169.254.169.254", "fd00:ec2::254", "fe80::1"],
    ...["168.63.129.16", "0.0.0.0", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"],
    ...["224.0.0.1", "192.0.0.192", "255.255.255.255", "::", "not an address"],
    ...["::7f00:1", "::8.8.8.8", "fec0::1", "100:0:0:1::1", "4000::1"],
  ];
  for (const address of forbidden) {
    assert.equal(
      await check("https://config.example/", ["8.8.8.8", address]),
      `it leads to ${address}, which is no public address and not in config_url_allow`,
    );
  }
  assert.match(await check("https://169.254.169.254/"), /^it leads to 169/);
  assert.match(
    await check("https://[::ffff:a9fe:a9fe]/"),
    /^it leads to ::ffff/,
  );
  assert.match(await check("https://[::7f00:1]/"), /^it leads to ::7f00:1/);
  assert.match(await check("https://0xa9fea9fe/"), /^it leads to 169/);
});

Deno.test("what config_url_allow holds may be private, an IPv4-mapped address too", async () => {
  const allow = ["10.0.0.0/8"];
  assert.equal(
    await check("https://config.example/", ["10.1.2.3"], allow),
    "10.1.2.3",
  );
  assert.equal(
    await check("https://config.example/", ["::ffff:10.1.2.3"], allow),
    "::ffff:10.1.2.3",
  );
  for (const address of ["::10.1.2.3", "192.168.0.1"]) {
    assert.match(
      await check("https://config.example/", [address], allow),
      /^it leads to/,
    );
  }
});

Deno.test("this machine is meant by its address or as localhost, and needs no TLS; nobody else goes without", async () => {
  assert.equal(await check("http://127.0.0.1/"), "127.0.0.1");
  assert.equal(await check("http://[::1]/"), "::1");
  assert.equal(await check("http://localhost/", ["::1"]), "::1");
  assert.match(await check("http://localhost/", ["10.0.0.1"]), /^it leads to/);
  assert.match(await check("http://localhost/", ["::127.0.0.1"]), /^it leads/);
  assert.match(
    await check("https://localhost.example/", ["127.0.0.1"]),
    /^it leads to/,
  );
  for (const allow of [[], ["10.0.0.0/8"]]) {
    assert.match(
      await check("http://config.example/", ["10.0.0.1"], allow),
      /^it is not https/,
    );
  }
});

Deno.test("of very many addresses a few are tried", async () => {
  const many = Array.from({ length: 100 }, (_, index) => `8.8.8.${index}`);
  assert.equal(
    (await check("https://config.example/", many)).split(" ").length,
    4,
  );
});
