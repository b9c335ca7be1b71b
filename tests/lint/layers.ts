/**
 * The layer table of the house as data: which room is where, and which doors there are between rooms of one layer.
 * The lint rule `opsen/layers` and the tests read it; `src/ARCHITECTURE.md` explains it.
 */
import { isShipped } from "./repository_path.ts";

/** The layers from top to bottom. A file imports from its own room and from lower layers. */
export const LAYERS: readonly Layer[] = [
  { name: "entry", rooms: ["main.ts"] },
  { name: "commands", rooms: ["src/cli/"] },
  {
    name: "composition",
    rooms: [
      "src/server.ts",
      "src/server/",
      "src/client.ts",
      "src/lifecycle.ts",
    ],
  },
  {
    name: "adapters",
    rooms: [
      "src/edge/",
      "src/api/",
      "src/store/",
      "src/geo/",
      "src/probe/",
      "src/reload/",
      "src/events/",
      "src/trust/",
      "src/agent/",
      "src/collect/",
      "src/metrics/",
      "src/log/",
      "src/trace/",
      "src/service/",
      "src/ui/",
      "ffi/",
      "src/ffi/",
    ],
  },
  {
    name: "contracts",
    rooms: [
      "src/wire/",
      "src/config/",
      "src/ports.ts",
      "src/trust_ports.ts",
      "src/traffic_ports.ts",
    ],
  },
  { name: "pure", rooms: ["src/engine/", "src/policy/", "src/http1/"] },
];

/** Imports between rooms of one layer that are allowed: from a path prefix to a room. */
export const DOORS: readonly Door[] = [
  { from: "src/engine/", to: "src/policy/" },
  { from: "src/ports.ts", to: "src/trust_ports.ts" },
  { from: "src/trust_ports.ts", to: "src/ports.ts" },
  { from: "src/server.ts", to: "src/lifecycle.ts" },
  { from: "src/server.ts", to: "src/server/" },
  { from: "src/server/", to: "src/lifecycle.ts" },
  { from: "src/client.ts", to: "src/lifecycle.ts" },
  { from: "src/agent/", to: "src/collect/" },
  { from: "src/collect/", to: "ffi/" },
  { from: "src/collect/", to: "src/ffi/" },
  { from: "src/service/", to: "ffi/" },
  { from: "src/edge/drivers/", to: "ffi/" },
  { from: "src/edge/drivers/", to: "src/ffi/" },
];

/**
 * Files outside the rooms that any layer but the pure one may read: the version and the licence are stated in the first,
 * the API is described in the second, and the others are what an installation writes.
 */
export const SHARED_FILES: readonly string[] = [
  "deno.json",
  "dist/openapi.json",
  "dist/config/client.yml",
  "dist/config/server.yml",
  "dist/systemd/opsen-client.service",
  "dist/systemd/opsen-server.service",
];

/** A layer and its rooms: folders end in a slash, single files don't. */
export interface Layer {
  readonly name: string;
  readonly rooms: readonly string[];
}

/** An allowed import between two rooms of one layer. */
export interface Door {
  readonly from: string;
  readonly to: string;
}

/** Where a file stands: its room, and its layer as an index into {@link LAYERS}. */
export interface Standing {
  readonly room: string;
  readonly layer: number;
}

/** The room and layer of a path relative to the repository, or undefined when it is in none. */
export function standing(path: string): Standing | undefined {
  for (const [layer, { rooms }] of LAYERS.entries()) {
    const room = rooms.find((room) => isIn(path, room));
    if (room !== undefined) return { room, layer };
  }
  return undefined;
}

/** Whether the path belongs to the pure layer, which knows no world. */
export function isPure(path: string): boolean {
  const layer = standing(path)?.layer;
  return layer !== undefined && LAYERS[layer]?.name === "pure";
}

/**
 * What is wrong with an import of `to` by `from`, in words; undefined when nothing is.
 * Both are paths relative to the repository.
 */
export function importFault(from: string, to: string): string | undefined {
  const importer = standing(from);
  if (importer === undefined) {
    return isShipped(from)
      ? `"${from}" is in no room of the layer table`
      : undefined;
  }
  if (SHARED_FILES.includes(to) && !isPure(from)) return undefined;
  const imported = standing(to);
  if (imported === undefined) {
    return `"${from}" must not import "${to}", which is in no room of the layer table`;
  }
  if (importer.room === imported.room || imported.layer > importer.layer) {
    return undefined;
  }
  if (imported.layer < importer.layer) {
    return `"${from}" (${nameOf(importer)}) must not import up from "${to}" (${
      nameOf(imported)
    })`;
  }
  if (
    DOORS.some((door) => isIn(from, door.from) && imported.room === door.to)
  ) return undefined;
  return `"${from}" must not import sideways from "${to}": both are ${
    nameOf(importer)
  }, and there is no door`;
}

function isIn(path: string, room: string): boolean {
  return room.endsWith("/") ? path.startsWith(room) : path === room;
}

function nameOf(place: Standing): string {
  return LAYERS[place.layer]?.name ?? "";
}
