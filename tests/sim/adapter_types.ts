/** What the simulator of fleets hands to a policy and expects of it; columns have one entry a backend. */

/** What one session needs, as the simulator says it. */
export interface SimulatedTier {
  readonly vcpu: number;
  readonly mem: number;
  readonly disk: number;
  readonly gpu: number;
  readonly vram: number;
}

/** The simulator's chance. */
export interface SimulatedChance {
  u(): number;
}

/** What reports of request backends say. */
export interface RequestView {
  readonly cores: Int32Array;
  readonly dist: Float64Array;
  readonly healthy: Uint8Array;
  readonly latencyMs: Float64Array;
  readonly window: number;
  readonly cpuShort: Float64Array;
  readonly prefix: readonly Float64Array[];
  readonly memAvail: Float64Array;
  readonly memTotal: Float64Array;
  readonly diskAvail: Float64Array;
}

/** A fleet that answers requests. */
export interface RequestEnvironment {
  readonly n: number;
  readonly view: RequestView;
  readonly rng: SimulatedChance;
  readonly cfg: { readonly tier: SimulatedTier; readonly timeout: number };
}

/** Chooses for requests. */
export interface RequestPolicy {
  choose(request: number, view: RequestView, now: number): number;
  onReport(i: number, view: RequestView, now: number): void;
  onDone(
    i: number,
    request: number,
    now: number,
    latencyMs: number,
    ok: boolean,
  ): void;
}

/** The machines of a fleet. */
export interface Machines {
  readonly cores: Int32Array;
  readonly mem: Float64Array;
  readonly disk: Float64Array;
  readonly gpus: Int32Array;
  readonly vram: Float64Array;
  readonly lat: Float64Array;
  readonly lon: Float64Array;
}

/** What reports of session backends say. */
export interface SessionView {
  readonly B: Machines;
  readonly window: number;
  readonly shortWindow: number;
  readonly latencyMs: Float64Array;
  readonly prefix: readonly Float64Array[];
  readonly memUsed: Float64Array;
  readonly diskUsed: Float64Array;
  readonly gpuUtil: readonly Float64Array[];
  readonly gpuVram: readonly Float64Array[];
  readonly winLen: Float64Array;
  readonly cpuShort: Float64Array;
  readonly memShort: Float64Array;
  readonly gpuShort: readonly Float64Array[];
  readonly vramShort: readonly Float64Array[];
}

/** A fleet that hosts sessions. */
export interface SessionEnvironment {
  readonly n: number;
  readonly view: SessionView;
  readonly B: Machines;
  readonly rng: SimulatedChance;
}

/** One session. */
export interface Session {
  readonly id: number;
  readonly tier: SimulatedTier;
  readonly la: number;
  readonly lo: number;
}

/** Chooses for sessions. */
export interface SessionPolicy {
  choose(session: Session, view: SessionView, now: number): number;
  onReport(i: number, view: SessionView, now: number): void;
  onEnd(session: Session, i: number, now: number): void;
}
