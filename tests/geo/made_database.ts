/** Makes databases in MaxMind's format (maxmind.github.io/MaxMind-DB): small ones that are wrong somewhere, and large ones. */
import { ipv4Bits } from "../../src/config/address_ranges.ts";
import { readIpv6 } from "../../src/config/read_ipv6.ts";

/** A record, or a part of one. */
export type Value =
  | string
  /** As the format writes it, for what {@link madeDatabase} would not. */
  | Uint8Array
  | number
  | readonly Value[]
  | { readonly [name: string]: Value };

/** What to make. */
export interface MadeDatabase {
  /** Records by network, such as `192.0.2.0/24`; no network within another. */
  readonly networks: Iterable<readonly [network: string, record: Value]>;
  readonly type?: string;
  readonly ipVersion?: 4 | 6;
  readonly recordSize?: 24 | 28 | 32;
  /** Seconds since 1970. */
  readonly builtAt?: number;
}

/** The octets of a database. */
export function madeDatabase(
  {
    networks,
    type = "GeoLite2-City",
    ipVersion = 6,
    recordSize = 24,
    builtAt = 1_700_000_000,
  }: MadeDatabase,
): Uint8Array {
  const tree = new Tree();
  const records = new Records();
  for (const [network, record] of networks) {
    tree.insert(bitsOf(network, ipVersion), records.offsetOf(record));
  }
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: builtAt,
    database_type: type,
    description: { en: "Made for a test" },
    ip_version: ipVersion,
    languages: ["en"],
    node_count: tree.nodeCount,
    record_size: recordSize,
  });
  return Uint8Array.from([
    ...tree.octets(recordSize),
    ...Array<number>(16).fill(0),
    ...records.octets,
    ...[0xab, 0xcd, 0xef],
    ...new TextEncoder().encode("MaxMind.com"),
    ...metadata,
  ]);
}

/** Languages of the names in MaxMind's databases. */
const LANGUAGES = ["de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN"];

/** A record as MaxMind writes them for cities. */
export function cityRecord(
  latitude: number,
  longitude: number,
  country: string,
  city: string,
): Value {
  const names = (name: string) =>
    Object.fromEntries(LANGUAGES.map((language) => [language, name]));
  const inCountry = { geoname_id: 1, iso_code: country, names: names(country) };
  return {
    city: { geoname_id: 2, names: names(city) },
    continent: { code: "EU", geoname_id: 3, names: names("Europe") },
    country: inCountry,
    location: { accuracy_radius: 20, latitude, longitude, time_zone: "UTC" },
    postal: { code: "12345" },
    registered_country: inCountry,
    subdivisions: [{ geoname_id: 4, iso_code: "A", names: names("Region") }],
  };
}

const NOTHING = -1;
/** Below it are the records: the first stands for offset 0. */
const FIRST_RECORD = -2;

/** The search tree; each node has two children: nodes, records or nothing. */
class Tree {
  readonly #children: number[] = [NOTHING, NOTHING];

  get nodeCount(): number {
    return this.#children.length / 2;
  }

  insert(bits: readonly number[], offset: number): void {
    let node = 0;
    bits.forEach((bit, depth) => {
      const at = node * 2 + bit;
      if (depth === bits.length - 1) {
        this.#children[at] = FIRST_RECORD - offset;
        return;
      }
      const child = this.#children[at] ?? NOTHING;
      if (child <= FIRST_RECORD) throw new RangeError("Networks overlap");
      node = child === NOTHING ? this.nodeCount : child;
      if (child !== NOTHING) return;
      this.#children[at] = node;
      this.#children.push(NOTHING, NOTHING);
    });
  }

  octets(recordSize: 24 | 28 | 32): Uint8Array {
    const { nodeCount } = this;
    const nodeOctets = recordSize / 4;
    const octets = new Uint8Array(nodeCount * nodeOctets);
    const view = new DataView(octets.buffer);
    const valueAt = (at: number) => {
      const child = this.#children[at] ?? NOTHING;
      if (child >= 0) return child;
      return nodeCount + (child === NOTHING ? 0 : 16 + FIRST_RECORD - child);
    };
    for (let node = 0; node < nodeCount; node++) {
      const [left, right] = [valueAt(node * 2), valueAt(node * 2 + 1)];
      const at = node * nodeOctets;
      view.setUint16(at, left >>> 8 & 0xffff);
      octets[at + 2] = left;
      if (recordSize === 32) {
        view.setUint32(at, left);
        view.setUint32(at + 4, right);
        continue;
      }
      const start = recordSize === 28 ? at + 4 : at + 3;
      if (recordSize === 28) {
        octets[at + 3] = left >>> 20 & 0xf0 | right >>> 24 & 0x0f;
      }
      view.setUint16(start, right >>> 8 & 0xffff);
      octets[start + 2] = right;
    }
    return octets;
  }
}

/** The records, each once. */
class Records {
  readonly octets: number[] = [];
  readonly #offsets = new Map<string, number>();

  offsetOf(record: Value): number {
    const text = record instanceof Uint8Array
      ? record.toHex()
      : JSON.stringify(record);
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.octets.length;
    this.octets.push(...encoded(record));
    this.#offsets.set(text, offset);
    return offset;
  }
}

function encoded(value: Value): readonly number[] {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === "string") {
    const octets = new TextEncoder().encode(value);
    return [...control(2, octets.length), ...octets];
  }
  if (typeof value === "number") {
    const isWhole = Number.isInteger(value) && value >= 0;
    const view = new DataView(new ArrayBuffer(isWhole ? 4 : 8));
    if (isWhole) view.setUint32(0, value);
    else view.setFloat64(0, value);
    const octets = new Uint8Array(view.buffer);
    return [...control(isWhole ? 6 : 3, octets.length), ...octets];
  }
  if (value instanceof Array) {
    return [...control(11, value.length), ...value.flatMap(encoded)];
  }
  const entries = Object.entries(value);
  return [...control(7, entries.length), ...entries.flat().flatMap(encoded)];
}

/** Type and size; types above 7 have an octet of their own. */
function control(type: number, size: number): readonly number[] {
  if (size >= 29 + 256) throw new RangeError("No such size is needed");
  const [bits, more] = size < 29 ? [size, []] : [29, [size - 29]];
  return type > 7 ? [bits, type - 7, ...more] : [type << 5 | bits, ...more];
}

function bitsOf(network: string, ipVersion: 4 | 6): readonly number[] {
  const [ip = "", prefix] = network.split("/");
  const ipv4 = ipv4Bits(ip);
  const bits = ipv4 === undefined
    ? (readIpv6(ip)?.parts ?? []).flatMap((group) => bitsIn(group, 16))
    : bitsIn(ipv4, 32);
  const start = ipVersion === 6 && ipv4 !== undefined
    ? Array<number>(96).fill(0)
    : [];
  return [...start, ...bits.slice(0, Number(prefix))];
}

function bitsIn(value: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => value >>> count - 1 - at & 1);
}
