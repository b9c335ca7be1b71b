/** The commands of `opsen`, in the order of its help. Adding one is an entry here and a file beside this one. */
import type { CommandEntry } from "./command.ts";

/** Every command. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "server",
    summary: "run the server: take reports, decide, answer callers",
    load: async () => (await import("./server.ts")).register,
  },
  {
    name: "client",
    summary: "run the client: measure this machine and report to a server",
    load: async () => (await import("./client.ts")).register,
  },
  {
    name: "route",
    summary: "ask a server for a backend",
    load: async () => (await import("./route.ts")).register,
  },
  {
    name: "why",
    summary: "tell why a decision came out as it did, or list the latest",
    load: async () => (await import("./why.ts")).register,
  },
  {
    name: "clients",
    summary: "show the backends of a server",
    load: async () => (await import("./clients.ts")).register,
  },
  {
    name: "top",
    summary: "watch the fleet live",
    load: async () => (await import("./top.ts")).register,
  },
  {
    name: "stats",
    summary: "show what a backend reported over time",
    load: async () => (await import("./stats.ts")).register,
  },
  {
    name: "leases",
    summary: "show what is booked, or release it",
    load: async () => (await import("./leases.ts")).register,
  },
  {
    name: "sticky",
    summary: "show where sessions go, or forget it",
    load: async () => (await import("./sticky.ts")).register,
  },
  {
    name: "drain",
    summary: "take backends out of service, gently",
    load: async () => (await import("./drain.ts")).register,
  },
  {
    name: "undrain",
    summary: "put drained backends back into service",
    load: async () => (await import("./undrain.ts")).register,
  },
  {
    name: "queue",
    summary: "show who waits for room, and how waiting went",
    load: async () => (await import("./queue.ts")).register,
  },
  {
    name: "health",
    summary: "tell whether a server is well, for scripts",
    load: async () => (await import("./health.ts")).register,
  },
  {
    name: "demo",
    summary: "show the main job: server, client, simulated neighbours, callers",
    load: async () => (await import("./demo.ts")).register,
  },
  {
    name: "keys",
    summary: "make, list and revoke keys",
    load: async () => (await import("./keys.ts")).register,
  },
  {
    name: "token",
    summary: "make, list and revoke the tokens that machines enrol with",
    load: async () => (await import("./token.ts")).register,
  },
  {
    name: "reload",
    summary: "have a server load its configuration again",
    load: async () => (await import("./reload.ts")).register,
  },
  {
    name: "log-level",
    summary: "show the level of a server's log, or change it for a while",
    load: async () => (await import("./log_level.ts")).register,
  },
  {
    name: "config",
    summary: "check, print or explain the configuration, or bring one back",
    load: async () => (await import("./config.ts")).register,
  },
  {
    name: "audit",
    summary: "show who did what: drains, keys, configurations",
    load: async () => (await import("./audit.ts")).register,
  },
  {
    name: "db",
    summary: "check, back up or shrink the server's database",
    load: async () => (await import("./db.ts")).register,
  },
  {
    name: "cert",
    summary: "make a certificate for a start, or tell what one is",
    load: async () => (await import("./cert.ts")).register,
  },
  {
    name: "geoip",
    summary: "download the database of places, or look addresses up in it",
    load: async () => (await import("./geoip.ts")).register,
  },
  {
    name: "install",
    summary: "make a service of this executable, without a package",
    load: async () => (await import("./install.ts")).register,
  },
  {
    name: "uninstall",
    summary: "take away what install put there",
    load: async () => (await import("./uninstall.ts")).register,
  },
  {
    name: "version",
    summary: "print the version",
    load: async () => (await import("./version.ts")).register,
  },
  {
    name: "context",
    summary: "name servers, and choose the one to ask",
    load: async () => (await import("./context.ts")).register,
  },
  {
    name: "completions",
    summary: "print completions for a shell",
    load: async () => (await import("./completions.ts")).register,
  },
  {
    name: "man",
    summary: "print a manual page, or write all of them",
    load: async () => (await import("./man.ts")).register,
  },
];
