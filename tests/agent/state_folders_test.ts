import assert from "node:assert/strict";
import { stateFolders } from "../../src/agent/state_folders.ts";

function folders(
  environment: Readonly<Record<string, string>>,
  stateDir = "",
): readonly string[] {
  return stateFolders({
    stateDir,
    environment: (name) => environment[name],
    systemFolder: "/system",
  });
}

Deno.test("a configured folder is the only one", () => {
  assert.deepEqual(folders({ STATE_DIRECTORY: "/s", HOME: "/h" }, "/mine"), [
    "/mine",
  ]);
});

Deno.test("the service manager's folder comes first, then XDG's, the system's, the user's", () => {
  assert.deepEqual(
    folders({ STATE_DIRECTORY: "/s", XDG_STATE_HOME: "/x", HOME: "/h" }),
    ["/s", "/x/opsen", "/system", "/h/.local/state/opsen"],
  );
});

Deno.test("of several folders of the service manager the first counts", () => {
  assert.equal(folders({ STATE_DIRECTORY: "/a:/b" })[0], "/a");
});

Deno.test("empty and relative variables are as if they were not there", () => {
  assert.deepEqual(
    folders({ STATE_DIRECTORY: "", XDG_STATE_HOME: "state", HOME: "" }),
    ["/system"],
  );
  assert.deepEqual(folders({}), ["/system"]);
});
