import assert from "node:assert/strict";
import {
  isContainerPath,
  locateCgroup,
} from "../../src/collect/cgroup_place.ts";
import { TextFiles } from "../../src/collect/text_files.ts";
import { TemporaryTree } from "./trees.ts";

const ID = "0123456789abcdef".repeat(4);

/** Where a process of this /proc/self/cgroup would find itself; only these directories are in /sys/fs/cgroup. */
function locate(membership: string, ...directories: string[]) {
  using tree = new TemporaryTree({ "proc/self/cgroup": membership });
  const mount = `${tree.root}/sys/fs/cgroup`;
  for (const directory of directories) {
    tree.write(`sys/fs/cgroup${directory}/cgroup.controllers`, "cpu memory\n");
  }
  using files = new TextFiles();
  const place = locateCgroup(files, {
    procRoot: `${tree.root}/proc`,
    sysRoot: `${tree.root}/sys`,
  });
  return { place, mount };
}

Deno.test("each manager's own name is enough, without another container's above it", () => {
  for (
    const path of [
      // Kubernetes with the systemd driver, and below the slice that kind adds; with the cgroupfs driver.
      "/kubepods.slice/init",
      "/kubelet.slice/kubepods-pod7.slice/init",
      "/kubepods/init",
      `/system.slice/cri-containerd-${ID}.scope`,
      `/system.slice/crio-${ID}.scope`,
      `/user.slice/libpod-${ID}.scope`,
      // Podman with the cgroupfs driver, and in the group of the unit that starts it (--cgroups=split).
      `/parent/libpod-${ID}`,
      `/system.slice/web.service/libpod-payload-${ID}`,
      `/nerdctl-${ID}.scope`,
      // Short ids, as in `docker ps`.
      "/docker-0123456789ab.scope",
      // containerd's cgroupfs driver puts a namespace's name above the id, and Docker's whatever --cgroup-parent says.
      `/default/${ID}`,
      `/actions_job/${ID}`,
      "/lxc.payload.web",
      "/lxc.payload.web.with.dots/init.scope",
    ]
  ) assert.ok(isContainerPath(path), path);
});

Deno.test("names that only resemble a container's are a host's", () => {
  for (
    const path of [
      "/docker.slice",
      "/dockerd",
      "/system.slice/docker-.scope",
      "/system.slice/docker-web.service",
      `/system.slice/docker-${ID}.service`,
      `/system.slice/docker-${ID}0.scope`,
      // Podman's monitor of a container runs outside of it.
      `/machine.slice/libpod-conmon-${ID}.scope`,
      "/lxc.payload",
      "/mylxc/web",
      `/${ID.slice(1)}`,
      `/${ID}0`,
      "/app-0123456789ab.scope",
    ]
  ) assert.ok(!isContainerPath(path), path);
});

Deno.test("either controller of cgroup v1 hides limits, alone or mounted with another", () => {
  for (
    const membership of [
      "4:memory:/docker/x\n",
      "4:cpu:/\n",
      "4:cpu,cpuacct:/docker/x\n",
      "4:cpuacct,cpu:/\n",
    ]
  ) assert.equal(locate(membership).place.kind, "unreadable", membership);
  for (
    const membership of ["4:cpuacct:/\n", "4:cpuset:/docker/x\n", "4::/\n"]
  ) {
    assert.equal(locate(membership).place.kind, "host", membership);
  }
});

Deno.test("a path is followed up for as many levels as there are, innermost first, and no more than 32", () => {
  const short = `/docker/a/b/${ID}`;
  const found = locate(`0::${short}\n`, short);
  assert.deepEqual(found.place, {
    kind: "container",
    levels: [short, "/docker/a/b", "/docker/a", "/docker"].map((path) =>
      `${found.mount}${path}`
    ),
  });
  const deep = `/docker${"/d".repeat(99)}`;
  const { place, mount } = locate(`0::${deep}\n`, deep);
  assert.ok(place.kind === "container");
  assert.equal(place.levels.length, 32);
  assert.equal(place.levels[0], `${mount}${deep}`);
  assert.equal(place.levels.at(-1), `${mount}/docker${"/d".repeat(68)}`);
});

Deno.test("groups that were not mounted are passed over while one of them is there", () => {
  const { place } = locate(`0::/docker/${ID}\n`, "/docker");
  assert.equal(place.kind, "container");
});
