/** A driver that does not answer: what is given up, what goes on, and that a process can always end. */
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import {
  type Nvml,
  NVML_ERRORS,
  NVML_NO_ANSWER,
  type NvmlAnswer,
  type NvmlHandle,
} from "../../ffi/nvml_api.ts";
import { CALLS_WAITING_MAX } from "../../ffi/call_line.ts";
import { type FakeNvml, makeFakeNvml, nvmlTest } from "./fake_nvml.ts";
import { NVML_CALLS, openFake, valueOf } from "./nvml_calls.ts";
import { fakeCard, type NvmlScript } from "./nvml_script.ts";

/** Longer than any test waits: a hang ends when the test says so. */
const FOR_EVER_MS = 600_000;
/** Long enough that a busy machine seldom makes a good call late. */
const DEADLINE_MS = 300;
/** For many calls that all hang. */
const SHORT_DEADLINE_MS = 30;

const WORLD: NvmlScript = {
  driver: "570.124.06",
  devices: [fakeCard(0, { instances: [{}] })],
};

nvmlTest(
  "a call that hangs is given up at its deadline, later ones at once, and all is well when it returns",
  async () => {
    using fake = makeFakeNvml(WORLD);
    const { nvml, device } = await begin(fake, DEADLINE_MS);
    hang(fake, "nvmlDeviceGetName");
    const began = performance.now();
    assert.deepEqual(await nvml.name(device), {
      kind: "fault",
      code: NVML_NO_ANSWER,
      reason: `nvmlDeviceGetName: no answer within ${DEADLINE_MS} ms`,
    });
    assert.ok(performance.now() - began >= DEADLINE_MS - 1);

    const calls = fake.calls().length;
    for (const { make, symbol } of NVML_CALLS) {
      const answer = await make(nvml, device);
      assert.deepEqual(answer, {
        kind: "fault",
        code: NVML_NO_ANSWER,
        reason: `${symbol}: nvmlDeviceGetName has not answered yet`,
      });
    }
    assert.equal(fake.calls().length, calls, "nothing is begun meanwhile");

    fake.write(WORLD);
    assert.deepEqual(await answered(() => nvml.memory(device)), {
      totalBytes: 80 * 2 ** 30,
      freeBytes: 60 * 2 ** 30,
    });
    assert.ok(!fake.calls().some((line) => line.includes("OVERLAP")));
    nvml.close();
  },
);

nvmlTest("every call can hang and be given up", async () => {
  using fake = makeFakeNvml(WORLD);
  for (const { make, symbol } of NVML_CALLS) {
    fake.write(WORLD);
    const { nvml, device } = await begin(fake, SHORT_DEADLINE_MS);
    hang(fake, "*");
    const answer = await make(nvml, device);
    assert.ok(answer.kind === "fault");
    assert.equal(answer.code, NVML_NO_ANSWER);
    assert.match(answer.reason, new RegExp(`^${symbol}: no answer`));
    fake.write(WORLD);
    await answered(() => nvml.init());
    nvml.close();
  }
});

nvmlTest("calls that wait behind one that hangs end with it", async () => {
  using fake = makeFakeNvml(WORLD);
  const { nvml, device } = await begin(fake, DEADLINE_MS);
  hang(fake, "nvmlDeviceGetName");
  const answers = await Promise.all(
    [nvml.name(device), nvml.memory(device), nvml.uuid(device)],
  );
  for (const answer of answers) {
    assert.ok(answer.kind === "fault");
    assert.equal(answer.code, NVML_NO_ANSWER);
  }
  assert.equal(fake.calls().at(-1), "nvmlDeviceGetName 0");
  fake.write(WORLD);
  await answered(() => nvml.deviceCount());
  nvml.close();
});

nvmlTest(
  "more callers than may wait are told so, and it is no hang",
  async () => {
    using fake = makeFakeNvml(WORLD);
    const { nvml, device } = await begin(fake);
    const asked = Array.from(
      { length: CALLS_WAITING_MAX + 2 },
      () => nvml.temperature(device),
    );
    const codes = (await Promise.all(asked)).map((answer) =>
      answer.kind === "ok" ? 0 : answer.code
    );
    assert.deepEqual(codes, [
      ...Array(CALLS_WAITING_MAX + 1).fill(0),
      NVML_ERRORS.INSUFFICIENT_RESOURCES,
    ]);
    nvml.close();
  },
);

nvmlTest(
  "a hang does not hold up the loop: timers beside it are as late as without it",
  async () => {
    using fake = makeFakeNvml(WORLD);
    const { nvml, device } = await begin(fake, 4 * DEADLINE_MS);
    const baselineMs = await latestTimerMs(() => wait(2 * DEADLINE_MS));
    hang(fake, "nvmlDeviceGetMemoryInfo");
    const besideMs = await latestTimerMs(() => nvml.memory(device));
    // Had the call been made on this thread, no timer would have come for 4 deadlines.
    assert.ok(
      besideMs < baselineMs + 2 * DEADLINE_MS,
      `a timer was ${besideMs} ms late, ${baselineMs} ms without the hang`,
    );
    fake.write(WORLD);
    await answered(() => nvml.deviceCount());
    nvml.close();
  },
);

nvmlTest(
  "a library that is closed during a call stays until it has returned, and the call gets its answer",
  async () => {
    using fake = makeFakeNvml(WORLD);
    const { nvml, device } = await begin(fake);
    hang(fake, "nvmlDeviceGetName");
    const name = nvml.name(device);
    const behind = nvml.uuid(device);
    nvml.close();
    const closed = await behind;
    assert.ok(closed.kind === "fault");
    assert.equal(closed.code, NVML_ERRORS.UNINITIALIZED);
    assert.ok(isLoaded(fake));
    fake.write(WORLD);
    assert.equal(valueOf(await name), "NVIDIA Fake 80GB");
    await turn();
    assert.ok(!isLoaded(fake));
  },
);

nvmlTest(
  "a library that is closed while a call hangs stays until it returns at last",
  async () => {
    using fake = makeFakeNvml(WORLD);
    const { nvml, device } = await begin(fake, DEADLINE_MS);
    hang(fake, "nvmlDeviceGetName");
    assert.equal((await nvml.name(device)).kind, "fault");
    nvml.close();
    assert.ok(isLoaded(fake));
    fake.write(WORLD);
    while (isLoaded(fake)) await turn();
  },
);

const EXIT = `
  import { openNvml } from ${
  JSON.stringify(import.meta.resolve("../../ffi/nvml.ts"))
};
  const opened = openNvml({ paths: [Deno.args[0]], deadlineMs: 50 });
  if (opened.kind !== "open") throw new Error(opened.reason);
  const answer = await opened.nvml.init();
  opened.nvml.close();
  console.log(answer.reason);
  Deno.exit(7);
`;

nvmlTest("a process ends while a call hangs", async () => {
  using fake = makeFakeNvml({
    hangs: [{ of: "nvmlInit", ms: FOR_EVER_MS }],
  });
  const main = `${fake.folder}/main.ts`;
  await Deno.writeTextFile(main, EXIT);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-config", main, fake.path],
  }).output();
  assert.equal(
    new TextDecoder().decode(stdout),
    "nvmlInit_v2: no answer within 50 ms\n",
  );
  assert.equal(code, 7);
});

/** The first device, however late a busy machine makes the calls that begin. */
async function begin(
  fake: FakeNvml,
  deadlineMs?: number,
): Promise<{ readonly nvml: Nvml; readonly device: NvmlHandle }> {
  const nvml = openFake(fake, deadlineMs);
  await answered(() => nvml.init());
  return { nvml, device: await answered(() => nvml.device(0)) };
}

function hang(fake: FakeNvml, of: string): void {
  fake.write({ ...WORLD, hangs: [{ of, ms: FOR_EVER_MS }] });
}

/** The answer once a call that hung has returned: until then there is none. */
async function answered<T>(ask: () => Promise<NvmlAnswer<T>>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer.kind === "ok") return answer.value;
    assert.equal(answer.code, NVML_NO_ANSWER);
    await turn();
  }
}

/** One short turn of the loop. */
function turn(): Promise<void> {
  return wait(2);
}

/** How late the latest of the timers was that ran beside the work. */
async function latestTimerMs(work: () => Promise<unknown>): Promise<number> {
  let isOver = false;
  let latestMs = 0;
  const over = work().then(() => isOver = true);
  while (!isOver) {
    const began = performance.now();
    await wait(10);
    latestMs = Math.max(latestMs, performance.now() - began - 10);
  }
  await over;
  return latestMs;
}

/** Whether the library is mapped into this process. */
function isLoaded(fake: FakeNvml): boolean {
  return Deno.readTextFileSync("/proc/self/maps").includes(fake.folder);
}
