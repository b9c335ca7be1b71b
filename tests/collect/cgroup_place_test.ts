import assert from "node:assert/strict";
import {
  type CgroupPlace,
  isContainerPath,
  locateCgroup,
  parseMembership,
} from "../../src/collect/cgroup_place.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { type Files, fixture, TemporaryTree } from "./trees.ts";

/** Where a process would find itself, by its /proc/self/cgroup and the files below /sys/fs/cgroup. */
function place(membership: string | undefined, groups: Files): CgroupPlace {
  using tree = new TemporaryTree();
  if (membership !== undefined) tree.write("proc/self/cgroup", membership);
  for (const [path, text] of Object.entries(groups)) {
    tree.write(`sys/fs/cgroup/${path}`, text);
  }
  using files = new TextFiles();
  const found = locateCgroup(files, {
    procRoot: `${tree.root}/proc`,
    sysRoot: `${tree.root}/sys`,
  });
  if (found.kind !== "container") return found;
  const mount = `${tree.root}/sys/fs/cgroup`;
  return {
    kind: "container",
    levels: found.levels.map((level) => level.slice(mount.length) || "/"),
  };
}

const V2_ROOT = { "cgroup.controllers": "cpu memory" };

Deno.test("a machine without control groups is a host", () => {
  assert.deepEqual(place(undefined, {}), { kind: "host" });
});

Deno.test("a client in a service of a host is bounded by nothing, whatever its unit says", () => {
  const unit = "system.slice/opsen-client.service";
  assert.deepEqual(
    place(`0::/${unit}\n`, {
      ...V2_ROOT,
      [`${unit}/memory.max`]: "67108864",
      [`${unit}/cpu.max`]: "10000 100000",
    }),
    { kind: "host" },
  );
});

Deno.test("a root of the mount that has limits is the container's own group", () => {
  const own = { kind: "container", levels: ["/"] } as const;
  assert.deepEqual(place("0::/\n", { "memory.max": "max" }), own);
  assert.deepEqual(place("0::/\n", { "cpu.max": "max 100000" }), own);
  assert.deepEqual(place(undefined, { "cpu.max": "max 100000" }), own);
});

Deno.test("a service inside a container is bounded by the container alone", () => {
  const unit = "system.slice/opsen-client.service";
  assert.deepEqual(
    place(`0::/${unit}\n`, {
      "memory.max": "8589934592",
      [`${unit}/memory.max`]: "67108864",
    }),
    { kind: "container", levels: ["/"] },
  );
});

Deno.test("without a namespace of its own, a container is known by its path, all levels of which count", () => {
  using files = new TextFiles();
  const mount = `${fixture("sys_pod")}/fs/cgroup`;
  const pod =
    "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7f.slice";
  assert.deepEqual(
    locateCgroup(files, {
      procRoot: fixture("proc_pod"),
      sysRoot: fixture("sys_pod"),
    }),
    {
      kind: "container",
      levels: [
        `${mount}/${pod}/cri-containerd-0123456789abcdef.scope`,
        `${mount}/${pod}`,
        `${mount}/kubepods.slice/kubepods-burstable.slice`,
        `${mount}/kubepods.slice`,
      ],
    },
  );
});

Deno.test("a container whose group is not mounted says that its limits are not seen", () => {
  const found = place(`0::/docker/${"a1".repeat(32)}\n`, V2_ROOT);
  assert.equal(found.kind, "unreadable");
  assert.match(found.kind === "unreadable" ? found.reason : "", /is not in/);
});

Deno.test("a path that leads out of the namespace is no group of the mount", () => {
  const found = place("0::/../docker/x/../..\n", V2_ROOT);
  assert.equal(found.kind, "unreadable");
});

Deno.test("a system with cgroup v1 says in one sentence what it can't see", () => {
  const v1 = "4:memory:/docker/0123456789ab\n2:cpu,cpuacct:/\n0::/\n";
  const found = place(v1, { "memory/memory.limit_in_bytes": "1" });
  assert.equal(found.kind, "unreadable");
  assert.match(found.kind === "unreadable" ? found.reason : "", /cgroup v1/);
});

Deno.test("v1 hierarchies without limits beside v2 are no obstacle", () => {
  assert.deepEqual(place("1:name=systemd:/\n0::/\n", {}), { kind: "host" });
  assert.deepEqual(
    place("5:net_cls:/\n2:cpu:/\n0::/user.slice\n", V2_ROOT),
    { kind: "host" },
  );
});

Deno.test("the line of cgroup v2 is found among others, also with colons in the path", () => {
  assert.deepEqual(parseMembership("12:pids:/x\n0::/a:b/c d\n"), {
    path: "/a:b/c d",
    hasV1Limits: false,
  });
  assert.deepEqual(parseMembership(""), { path: "/", hasV1Limits: false });
  assert.deepEqual(parseMembership("nonsense\n:::\n"), {
    path: "/",
    hasV1Limits: false,
  });
});

Deno.test("paths of the usual container managers are known, those of their services are not", () => {
  const id = "0123456789abcdef".repeat(4);
  for (
    const path of [
      `/docker/${id}`,
      `/system.slice/docker-${id}.scope`,
      `/kubepods/besteffort/pod1/${id}`,
      `/kubepods.slice/kubepods-pod1.slice/crio-${id}.scope`,
      `/machine.slice/libpod-${id}.scope/container`,
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope`,
      `/libpod_parent/libpod-${id}`,
      "/lxc/web",
      "/lxc.payload.web/system.slice",
      `/system.slice/nerdctl-${id}.scope`,
      `/containerd/${id}`,
    ]
  ) assert.ok(isContainerPath(path), path);
  for (
    const path of [
      "/",
      "/system.slice/docker.service",
      "/system.slice/containerd.service",
      "/system.slice/docker-compose@opsen.service",
      "/system.slice/lxc-net.service",
      "/user.slice/user-1000.slice/session-3.scope",
      "/lxc.monitor.web",
      "",
    ]
  ) assert.ok(!isContainerPath(path), path);
});
