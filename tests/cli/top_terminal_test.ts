/** `opsen top` on a real terminal: a pseudo-terminal that a few lines of Python open. */
import assert from "node:assert/strict";
import { toolTest } from "../tools.ts";
import { viewOf } from "./drain_server.ts";

/** Runs a command on a terminal of 24 × 100; answers to what it shows with keys or a signal, and prints all it wrote. */
const PTY = `
import fcntl, os, pty, select, signal, struct, sys, termios, time
how, command = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
before = termios.tcgetattr(fd)[3]
def size(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
size(24, 100)
seen, step, end = b"", 0, time.time() + 60
while time.time() < end:
    if not select.select([fd], [], [], 0.2)[0]:
        continue
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
    if step == 0 and b"rack-7" in seen:
        step = 1
        if how == "quit":
            os.write(fd, b"\\r")
        elif how == "resize":
            mark = len(seen)
            size(12, 60)
        else:
            os.kill(pid, getattr(signal, how))
    if step == 1 and how == "quit" and b"CORES" in seen:
        step = 2
        os.write(fd, b"qq")
    if step == 1 and how == "resize" and b"\\x1b[12;1H" in seen[mark:]:
        step = 2
        os.write(fd, b"q")
mode = termios.tcgetattr(fd)[3]
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), mode == before, flush=True)
sys.stdout.buffer.write(seen)
`;

async function onTerminal(how: string): Promise<readonly [string, string]> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) =>
      new URL(url).pathname === "/clients"
        ? Response.json([viewOf("rack-7")])
        : Response.json({}, { status: 404 }),
  );
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command("python3", {
    args: [
      ...["-c", PTY, how, Deno.execPath(), "run", "-A", main, "top"],
      ...["--server", `http://127.0.0.1:${server.addr.port}`],
    ],
    env: { TERM: "xterm", NO_COLOR: "" },
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  const text = new TextDecoder().decode(stdout);
  const end = text.indexOf("\n");
  return [text.slice(0, end), text.slice(end + 1)];
}

/** How it must begin and end, so that the terminal is as it was. */
function assertGivenBack(written: string): void {
  assert.ok(written.includes("\x1b[?1049h\x1b[?25l"), "another screen");
  assert.ok(
    written.trimEnd().endsWith("\x1b[?25h\x1b[?1049l"),
    JSON.stringify(written.slice(-200)),
  );
}

for (
  const [how, code] of [
    ["quit", 0],
    ["resize", 0],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const
) {
  toolTest(
    "python3",
    `a terminal is given back as it was after ${how}`,
    async () => {
      const [ended, written] = await onTerminal(how);
      assert.equal(ended, `${code} True`);
      assertGivenBack(written);
    },
  );
}
