/** The ask that every caller sends, and wrk with as many of them as it can. */
import { readWrk, type WrkRun } from "../proxy/wrk.ts";

/** The field that names a session; both servers are told so. */
export const SESSION_FIELD = "X-Session-ID";
/** What is asked for; `tier` stands in {@link serverYaml}. */
export const ASK = JSON.stringify({
  tier: "bench",
  client_lat: 48.86,
  client_lon: 2.35,
});
/** Callers at the same time, each with one connection. */
export const CONNECTIONS = 32;

/** Whether each request comes from a session of its own, whose backend is stored before the answer leaves. */
export type Sessions = "plain" | "sticky";

/** Sessions that take turns: few enough to fit in memory, many enough that a session is back only much later. */
const SESSIONS = 20_000;

/** Sends asks for a while; throws when one of them was refused. */
export async function runAsks(
  url: string,
  sessions: Sessions,
  seconds: number,
): Promise<WrkRun> {
  const script = await Deno.makeTempFile({ suffix: ".lua" });
  try {
    await Deno.writeTextFile(script, scriptOf(sessions));
    const { code, stdout, stderr } = await new Deno.Command("wrk", {
      args: [
        ...["-t", "1", "-c", String(CONNECTIONS), "-d", `${seconds}s`],
        ...["--latency", "--timeout", "10s", "-s", script, `${url}/route`],
      ],
    }).output();
    if (code === 0) return readWrk(new TextDecoder().decode(stdout));
    const said = new TextDecoder().decode(stderr);
    throw new Error(`wrk ended with ${code}: ${said}`);
  } finally {
    await Deno.remove(script);
  }
}

/** All requests are put together before the first one leaves, so that wrk is not what is measured. */
function scriptOf(sessions: Sessions): string {
  const ask = `
    wrk.method = "POST"
    wrk.body = '${ASK}'
    wrk.headers["Content-Type"] = "application/json"
  `;
  if (sessions === "plain") return ask;
  return `${ask}
    local asks = {}
    local at = 0
    function init()
      for i = 1, ${SESSIONS} do
        wrk.headers["${SESSION_FIELD}"] = "bench-session-" .. i
        asks[i] = wrk.format()
      end
    end
    function request()
      at = at % ${SESSIONS} + 1
      return asks[at]
    end
  `;
}
