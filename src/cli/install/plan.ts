/** Plans an installation or its removal. Knows where everything goes; touches nothing. */
import clientConfig from "../../../dist/config/client.yml" with {
  type: "text",
};
import serverConfig from "../../../dist/config/server.yml" with {
  type: "text",
};
import clientUnit from "../../../dist/systemd/opsen-client.service" with {
  type: "text",
};
import serverUnit from "../../../dist/systemd/opsen-server.service" with {
  type: "text",
};
import type { RoleName } from "../../config/role.ts";
import type { Step } from "./step.ts";

/** What an installation is asked for. */
export interface InstallAsk {
  readonly role: RoleName;
  /** Path of the executable. */
  readonly executable: string;
  /** Where programs go, such as "/usr/local". */
  readonly prefix: string;
  /** URL of the server, for a client. */
  readonly server?: string;
  /** File with the server's key. */
  readonly keyFile?: string;
  readonly isEnabled: boolean;
  readonly isStarted: boolean;
}

/** What is known of the machine. */
export interface MachineFacts {
  readonly hasUser: boolean;
  /** Whether it is an image or a test: a folder that nothing runs in. */
  readonly isFolder: boolean;
  /** Whether the database of a Go Opsen is there and none of ours. */
  readonly hasGoDatabase: boolean;
}

/** Where configurations are. */
export const CONFIG_FOLDER = "/etc/opsen";
/** What the roles keep, as their units say it too. */
export const STATE_FOLDERS = {
  server: "/var/lib/opsen",
  client: "/var/lib/opsen-client",
} as const;
const UNIT_FOLDER = "/etc/systemd/system";
const KEY_FILE = `${CONFIG_FOLDER}/server_key`;
const GO_FOLDER = "/opt/opsen";
/** Where a Go Opsen keeps its database. */
export const GO_DATABASE = `${GO_FOLDER}/opsen.db`;
/** Whoever is given the number of the user next must not be able to write there. */
const GO_DATABASE_BACK =
  `if [ "$(stat -c %G ${GO_FOLDER})" = opsen ]; then chown root:root ${GO_FOLDER} && chmod g-w ${GO_FOLDER} && chown -h root:root ${GO_DATABASE}*; fi`;
/** Makes the user of an image when it starts (sysusers.d(5), tmpfiles.d(5)). */
const SYSUSERS = 'u opsen - "Opsen" /var/lib/opsen\n';
const TMPFILES =
  `z ${CONFIG_FOLDER} 0750 root opsen -\nz ${CONFIG_FOLDER}/* 0640 root opsen -\n`;

/** Steps that install a role. Doing them twice changes nothing more. */
export function installPlan(
  ask: InstallAsk,
  facts: MachineFacts,
): readonly Step[] {
  const { role, executable, prefix, keyFile } = ask;
  const config = { owner: "root:opsen", mode: 0o640 } as const;
  return [
    ...userSteps(facts),
    {
      kind: "copy",
      from: executable,
      path: `${prefix}/bin/opsen`,
      mode: 0o755,
      owner: "root",
    },
    { kind: "folder", path: CONFIG_FOLDER, mode: 0o750, owner: "root:opsen" },
    ...keyFile === undefined
      ? []
      : [{ kind: "copy", from: keyFile, path: KEY_FILE, ...config } as const],
    {
      kind: "write",
      path: `${CONFIG_FOLDER}/${role}.yml`,
      text: configText(ask),
      isKept: true,
      ...config,
    },
    { kind: "folder", path: STATE_FOLDERS[role], mode: 0o700, owner: "opsen" },
    ...role === "server" && facts.hasGoDatabase && !facts.isFolder
      ? goDatabaseSteps()
      : [],
    {
      kind: "write",
      path: unitPath(role),
      text: unitText(role, prefix),
      mode: 0o644,
      owner: "root",
      isKept: false,
    },
    ...facts.isFolder ? [] : serviceSteps(ask),
  ];
}

/** Steps that remove roles; `isPurge` removes what was configured and stored too, but for the database of a Go Opsen. */
export function uninstallPlan(
  roles: readonly RoleName[],
  { prefix, isLast, isPurge, isFolder, hasGoDatabase }: {
    readonly prefix: string;
    /** Whether no role is left, so that the program goes too. */
    readonly isLast: boolean;
    readonly isPurge: boolean;
    readonly isFolder: boolean;
    /** Whether the database of a Go Opsen is there. */
    readonly hasGoDatabase: boolean;
  },
): readonly Step[] {
  const units = roles.map((role) => `opsen-${role}.service`);
  const removed = [
    ...roles.map(unitPath),
    ...isLast
      ? [
        `${prefix}/bin/opsen`,
        "/etc/sysusers.d/opsen.conf",
        "/etc/tmpfiles.d/opsen.conf",
      ]
      : [],
    ...isPurge
      ? roles.flatMap((role) => [
        `${CONFIG_FOLDER}/${role}.yml`,
        STATE_FOLDERS[role],
        STATE_FOLDERS[role].replace("/lib/", "/cache/"),
      ])
      : [],
    ...isPurge && isLast ? [CONFIG_FOLDER] : [],
  ];
  return [
    ...isFolder ? [] : [run(false, "systemctl", "disable", "--now", ...units)],
    ...removed.map((path) => ({ kind: "remove", path }) as const),
    ...isFolder ? [] : [run(false, "systemctl", "daemon-reload")],
    ...isPurge && isLast && !isFolder
      ? [
        ...hasGoDatabase ? [run(false, "sh", "-c", GO_DATABASE_BACK)] : [],
        run(false, "userdel", "opsen"),
      ]
      : [],
  ];
}

/** Where the unit of a role goes. */
export function unitPath(role: RoleName): string {
  return `${UNIT_FOLDER}/opsen-${role}.service`;
}

/** What the ask says for the configuration, by its keys, as YAML. */
export function configValues(
  { role, server, keyFile }: InstallAsk,
): Readonly<Record<string, string | undefined>> {
  const quoted = (text: string | undefined) =>
    text === undefined ? undefined : JSON.stringify(text);
  return {
    server_url: quoted(server),
    server_key_file: keyFile === undefined ? undefined : quoted(KEY_FILE),
    // With a key nobody gets in without it.
    host: role === "server" && keyFile !== undefined
      ? quoted("0.0.0.0")
      : undefined,
  };
}

function userSteps({ hasUser, isFolder }: MachineFacts): readonly Step[] {
  if (hasUser) return [];
  if (!isFolder) {
    return [
      run(
        true,
        ...["useradd", "--system", "--user-group", "--no-create-home"] as const,
        ...["--home-dir", STATE_FOLDERS.server],
        ...["--shell", "/usr/sbin/nologin", "--comment", "Opsen", "opsen"],
      ),
    ];
  }
  const file = {
    kind: "write",
    mode: 0o644,
    owner: "root",
    isKept: false,
  } as const;
  return [
    { ...file, path: "/etc/sysusers.d/opsen.conf", text: SYSUSERS },
    { ...file, path: "/etc/tmpfiles.d/opsen.conf", text: TMPFILES },
  ];
}

/**
 * It is used where it is, so that going back needs nothing; SQLite makes files beside it. No link is followed: the
 * service can write there afterwards.
 */
function goDatabaseSteps(): readonly Step[] {
  const shell = (command: string) => run(true, "sh", "-c", command);
  return [
    shell(`chgrp opsen ${GO_FOLDER} && chmod g+rwx ${GO_FOLDER}`),
    shell(`chown -h opsen:opsen ${GO_DATABASE}*`),
    {
      kind: "link",
      path: `${STATE_FOLDERS.server}/opsen.db`,
      to: GO_DATABASE,
    },
  ];
}

function serviceSteps(
  { role, isEnabled, isStarted }: InstallAsk,
): readonly Step[] {
  const unit = `opsen-${role}.service`;
  return [
    run(true, "systemctl", "daemon-reload"),
    ...isEnabled ? [run(true, "systemctl", "enable", unit)] : [],
    // A service that runs already is to run what was installed now.
    ...isStarted ? [run(true, "systemctl", "restart", unit)] : [],
  ];
}

function unitText(role: RoleName, prefix: string): string {
  const unit = role === "server" ? serverUnit : clientUnit;
  return unit.replaceAll(
    `/usr/local/bin/opsen-${role} `,
    `${prefix}/bin/opsen ${role} `,
  );
}

function configText(ask: InstallAsk): string {
  const text = ask.role === "server" ? serverConfig : clientConfig;
  return Object.entries(configValues(ask)).reduce(
    (text, [key, value]) =>
      value === undefined ? text : text.replace(
        new RegExp(`^(# )?${key}: .*$`, "m"),
        () => `${key}: ${value}`,
      ),
    text,
  );
}

function run(
  isNeeded: boolean,
  ...command: readonly [string, ...string[]]
): Step {
  return { kind: "run", command, isNeeded };
}
